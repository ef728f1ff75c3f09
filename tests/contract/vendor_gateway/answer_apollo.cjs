// Loads a supergraph in another vendor's gateway and prints its answers.
// stdin: {"supergraph": SDL, "operations": [{"query", "variables"}]}; stdout: {"types": [name], "answers": [result]}
const { readFileSync } = require("node:fs");
const { ApolloGateway } = require("@apollo/gateway");
const { parse, getOperationAST, print } = require("graphql");

const silent = { debug() {}, info() {}, warn() {}, error: (...words) => console.error(...words) };

async function main() {
  const { supergraph, operations } = JSON.parse(readFileSync(0, "utf8"));
  const gateway = new ApolloGateway({ supergraphSdl: supergraph, logger: silent });
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
