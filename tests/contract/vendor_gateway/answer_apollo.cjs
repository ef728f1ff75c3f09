// Loads a supergraph in another vendor's gateway and prints its answers.
// stdin: {"supergraph": SDL, "operations": [{"query", "variables"}], "urls": {name: URL}, "headers": {name: value}};
// the last two are optional: where subgraphs listen instead, and what they get with each request. stdout: {"types": [name], "answers": [result]}
const { readFileSync } = require("node:fs");
const { ApolloGateway, RemoteGraphQLDataSource } = require("@apollo/gateway");
const { parse, getOperationAST, print } = require("graphql");

const silent = { debug() {}, info() {}, warn() {}, error: (...words) => console.error(...words) };

async function main() {
  const { supergraph, operations, urls, headers } = JSON.parse(readFileSync(0, "utf8"));
  const buildService = ({ name, url }) =>
    new RemoteGraphQLDataSource({
      url: urls?.[name] ?? url,
      willSendRequest({ request }) {
        for (const [header, value] of Object.entries(headers ?? {})) request.http.headers.set(header, value);
      },
    });
  const gateway = new ApolloGateway({ supergraphSdl: supergraph, buildService, logger: silent });
  const { schema, executor } = await gateway.load();
  const answers = [];
  for (const { query, variables } of operations) {
    const document = parse(query);
    const operation = getOperationAST(document);
    const operationName = operation.name?.value;
    answers.push(
      await executor({
        document,
        operation,
        operationName,
        schema,
        queryHash: print(document),
        source: query,
        request: { query, variables: variables ?? {}, operationName },
        context: {},
        contextValue: {},
        metrics: {},
        logger: silent,
        cache: undefined,
      }),
    );
  }
  await gateway.stop();
  process.stdout.write(JSON.stringify({ types: Object.keys(schema.getTypeMap()), answers }));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
