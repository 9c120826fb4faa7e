// A page without an engine: what the browser and the network's files take by themselves.

import { offer } from "./contract.js";

offer({ init() {}, open: () => () => ({ p: [], attention: [] }) });
