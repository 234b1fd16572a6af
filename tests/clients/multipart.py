"""Apollo's multipart subscriptions as Python's gql reads them. PII is the server's address, TOKEN a token, JOB the id of
a job that is over, whose progress is one answer."""

import asyncio
import os

from gql import Client, gql
from gql.transport.http_multipart_transport import HTTPMultipartTransport


def transport(token):
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    return HTTPMultipartTransport(url=os.environ["PII"] + "/graphql", headers=headers)


async def main():
    async with Client(transport=transport(os.environ["TOKEN"])) as session:
        async for answer in session.subscribe(gql("{ viewer { __typename } }")):
            assert answer["viewer"]["__typename"] == "User", answer
        if job := os.environ.get("JOB"):
            progress = gql("subscription($id: ID!) { jobProgress(id: $id) { status } }")
            progress.variable_values = {"id": job}
            answers = [answer async for answer in session.subscribe(progress)]
            assert answers[-1]["jobProgress"]["status"] == "SUCCEEDED", answers
        try:
            async for _ in session.subscribe(gql("subscription { nothing }")):
                raise AssertionError("was executed")
        except Exception as error:
            assert "BAD_USER_INPUT" in str(error), error
    print("gql: ok")


asyncio.run(main())
