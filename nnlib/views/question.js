// A question needs nothing drawn, only its keys.

import { keep_keys } from "./keys.js";

function render({ signal }) {
  keep_keys(signal);
}

export default { render };
