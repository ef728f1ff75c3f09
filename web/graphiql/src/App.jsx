import { useEffect, useState } from "react";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { examplesPlugin } from "./ExamplesPlugin.jsx";
import { EXAMPLES } from "./examples";
import { fetcher, SESSION_ENDED, whoAmI } from "./fetcher.js";

const TABS = EXAMPLES.map(({ query, variables }) => ({ query, variables }));
const PLUGINS = [examplesPlugin, HISTORY_PLUGIN];

function SessionEnded() {
  return (
    <div className="session-ended" role="alert">
      Your session has ended. <a href="/auth/login?return_to=%2Fgraphiql">Sign in again</a>
    </div>
  );
}

export function App() {
  const [user, setUser] = useState(null);
  const [hasEnded, setHasEnded] = useState(false);

  useEffect(() => {
    whoAmI().then(setUser);
    const ended = () => setHasEnded(true);
    window.addEventListener(SESSION_ENDED, ended);
    return () => window.removeEventListener(SESSION_ENDED, ended);
  }, []);

  return (
    <>
      {hasEnded && <SessionEnded />}
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        defaultTabs={TABS}
        isHeadersEditorEnabled={false}
        showPersistHeadersSettings={false}
        defaultEditorToolsVisibility={false}
      >
        <GraphiQL.Logo>
          <a className="brand" href="/" title="Back to the start page">
            <img src="/assets/mark.svg" alt="" width="22" height="22" />
            <span>RetailFlow</span>
          </a>
          {user && (
            <span className="who" title={user.roles.join(", ").replaceAll("_", " ")}>
              {user.username}
            </span>
          )}
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}
