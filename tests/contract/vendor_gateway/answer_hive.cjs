// Loads a supergraph in the engine of Hive Gateway and prints its answers.
// stdin: {"supergraph": SDL, "operations": [{"query", "variables"}]}; stdout: {"types": [name], "answers": [result]}
const { readFileSync } = require("node:fs");
const { getStitchedSchemaFromSupergraphSdl } = require("@graphql-tools/federation");
const { execute, parse, print } = require("graphql");

function overHttp(subschema) {
  subschema.executor = async ({ document, variables }) => {
    const response = await fetch(subschema.endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: print(document), variables }),
    });
    return response.json();
  };
}

async function main() {
  const { supergraph, operations } = JSON.parse(readFileSync(0, "utf8"));
  const schema = getStitchedSchemaFromSupergraphSdl({ supergraphSdl: supergraph, onSubschemaConfig: overHttp });
  const answers = [];
  for (const { query, variables } of operations) {
    answers.push(await execute({ schema, document: parse(query), variableValues: variables }));
  }
  process.stdout.write(JSON.stringify({ types: Object.keys(schema.getTypeMap()), answers }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
