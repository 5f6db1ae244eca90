// <script src="…/static/js/qis-viewers.js">: the elements, and the functions as the global `QIS`.
import * as viewers from "./viewers.js";

const { start, ...functions } = viewers;
start((document.currentScript as HTMLScriptElement | null)?.src);
(globalThis as { QIS?: unknown }).QIS ??= functions;
