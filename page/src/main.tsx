/** The page begins here. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { App } from "./app.tsx";
import { LiveContext } from "./hooks.ts";
import { createLive } from "./live.ts";

const root = document.getElementById("page");
if (root !== null) render(<LiveContext.Provider value={createLive()}><App /></LiveContext.Provider>, root);
