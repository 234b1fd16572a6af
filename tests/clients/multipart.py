"""Apollo's multipart subscriptions as Python's gql reads them. PII is the server's address, TOKEN a token."""

import asyncio
import json
import os

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport

HEADERS = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Accept-Language": "en"}


async def main():
    transport = AIOHTTPTransport(url=os.environ["PII"] + "/graphql", headers=HEADERS)
    async with Client(transport=transport) as session:
        # What is answered once comes as JSON, which gql accepts as well.
        answers = [answer async for answer in session.subscribe(gql("{ viewer { __typename } }"))]
        assert answers == [{"viewer": {"__typename": "User"}}], answers
        watch = gql("subscription { notificationReceived { title } }")
        told = session.subscribe(watch)
        try:
            # Past a heartbeat, which is no answer.
            await asyncio.wait_for(anext(told), 7)
            raise AssertionError("nothing was told")
        except TimeoutError:
            pass
        try:
            async for _ in session.subscribe(gql("subscription { nothing }")):
                raise AssertionError("was executed")
        except Exception as error:
            assert "nothing" in str(error), error
    print(json.dumps("ok"))


asyncio.run(main())
