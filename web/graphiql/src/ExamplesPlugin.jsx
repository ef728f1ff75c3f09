import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { EXAMPLES } from "./examples";

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 4.5h9.5L19 9v10.5H5z M14 4.5V9h5 M8.5 13h7 M8.5 16h4.5" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}

function Examples() {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const { addTab } = useGraphiQLActions();

  function open({ query, variables = "" }) {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
  }

  return (
    <section className="examples" aria-label="Examples">
      <h1>Examples</h1>
      <p>Each opens in a tab of its own. Run it with the play button or Ctrl-Enter.</p>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)}>
              <strong>{example.title}</strong>
              <span>{example.about}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export const examplesPlugin = { title: "Examples", icon: Icon, content: Examples };
