// Where the subgraphs of the unchanged supergraph listen here, and which headers they get.
const urls = JSON.parse(process.env.SUBGRAPH_URLS);

export const gatewayConfig = {
  transportEntries: Object.fromEntries(Object.entries(urls).map(([name, location]) => [name, { location }])),
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => {
      const authorization = request.headers.get("authorization");
      return authorization ? { authorization } : {};
    },
  },
};
