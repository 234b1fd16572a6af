import { graphql } from 'relay-runtime'
export const viewer = graphql`query HomeViewerQuery { viewer { ...Home_user } }`
export const user = graphql`fragment Home_user on User { email }`
export const organizations = graphql`
  query HomeOrganizationsQuery($first: Int!) { organizations(first: $first) { nodes { code } } }`
export const create = graphql`
  mutation HomeCreateMutation($input: OrganizationCreateInput!) {
    organizationCreate(input: $input) { organization { code nameVi } userErrors { code } }
  }`
