// Answers operations on supergraphs in Hive Gateway, line by line until stdin ends.
// a line of stdin: {"url": URL, "labels": [active label], "variables", "number", "supergraph", "operation": index, "query"};
// subgraphs listen at URL/number/name and are told the number of the operation as x-operation.
// its answer, a line of stdout: {"data", "errors": [message]}
const { createInterface } = require("node:readline");
const { createGatewayRuntime } = require("@graphql-hive/gateway-runtime");

function forwarding(url, number, current) {
  return async (location, { method, body }) => {
    const name = new URL(location).hostname.replace(".invalid", "");
    const response = await fetch(`${url}/${number}/${name}`, {
      method,
      headers: { "content-type": "application/json", "x-operation": current.operation, connection: "close" },
      body,
    });
    return new Response(await response.text(), { headers: { "content-type": "application/json" } });
  };
}

function load({ url, labels, number, supergraph }) {
  const current = { operation: "" };
  const gateway = createGatewayRuntime({
    supergraph,
    logging: false,
    landingPage: false,
    graphiql: false,
    maskedErrors: false,
    fetchAPI: { fetch: forwarding(url, number, current) },
    progressiveOverride: (label) => labels.includes(label),
  });
  return { number, gateway, current };
}

async function answer({ gateway, current }, { operation, query, variables }) {
  current.operation = `hive ${operation}`;
  const response = await gateway.fetch("http://gateway.invalid/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  return { data: data ?? null, errors: (errors ?? []).map(({ message }) => message) };
}

async function main() {
  let loaded;
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    if (loaded?.number !== question.number) {
      await loaded?.gateway[Symbol.asyncDispose]();
      loaded = load(question);
    }
    process.stdout.write(`${JSON.stringify(await answer(loaded, question))}\n`);
  }
}

main();
