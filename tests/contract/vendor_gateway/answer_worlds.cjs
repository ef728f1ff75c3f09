// Answers operations on many supergraphs in another vendor's gateway and counts what it asks of subgraphs.
// stdin: {"url": URL, "labels": {label: whether it is active}, "variables", "worlds": [{"number", "supergraph", "operations": [query]}]};
// subgraphs listen at URL/number/name and are told the number of the operation as x-operation. stdout: [{"refusal": why the supergraph is not loaded or null, "answers": [{"data", "errors", "asked": [{"query", "answer"}], "planned"}]}]
const { readFileSync } = require("node:fs");
const { ApolloGateway } = require("@apollo/gateway");
const { parse, getOperationAST, print } = require("graphql");

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function counting(url) {
  return {
    async process({ request, context }) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "x-operation": context.operation, connection: "close" },
        body: JSON.stringify({ query: request.query, variables: request.variables }),
      });
      const answer = await response.json();
      context.asked.push({ query: request.query, answer });
      return answer;
    },
  };
}

async function load({ number, supergraph }, { url, labels }) {
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph,
    buildService: ({ name }) => counting(`${url}/${number}/${name}`),
    logger: silent,
  });
  const { schema, executor } = await gateway.load();
  const planner = gateway.queryPlanner;
  const build = planner.buildQueryPlan.bind(planner);
  const overrideConditions = new Map(Object.entries(labels));
  const loaded = { gateway, schema, executor, planned: 0 };
  planner.buildQueryPlan = (operation, options) => {
    const plan = build(operation, { ...options, overrideConditions });
    loaded.planned = JSON.stringify(plan).split('"kind":"Fetch"').length - 1;
    return plan;
  };
  return loaded;
}

async function answer(loaded, query, variables, index) {
  const { schema, executor } = loaded;
  const document = parse(query);
  const operation = getOperationAST(document);
  const context = { asked: [], operation: String(index) };
  const { data, errors } = await executor({
    document,
    operation,
    operationName: operation.name?.value,
    schema,
    queryHash: print(document),
    source: query,
    request: { query, variables },
    context,
    contextValue: context,
    metrics: {},
    logger: silent,
    cache: undefined,
  });
  const messages = (errors ?? []).map(({ message }) => message);
  return { data: data ?? null, errors: messages, asked: context.asked, planned: loaded.planned };
}

async function answerAll(world, question) {
  let loaded;
  try {
    loaded = await load(world, question);
  } catch (error) {
    return { refusal: error.message, answers: [] };
  }
  const answers = [];
  for (const [index, query] of world.operations.entries()) {
    try {
      answers.push(await answer(loaded, query, question.variables, index));
    } catch (error) {
      answers.push({ data: null, errors: [`thrown: ${error.message}`], asked: [], planned: 0 });
    }
  }
  await loaded.gateway.stop();
  return { refusal: null, answers };
}

async function main() {
  const question = JSON.parse(readFileSync(0, "utf8"));
  const found = [];
  for (const world of question.worlds) found.push(await answerAll(world, question));
  process.stdout.write(JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
