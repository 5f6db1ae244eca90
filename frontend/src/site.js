// What every page does beyond its plain forms and links: menus, dialogs, copying, short words, the keyboard's list.
import { closeOnEscape, openDialogs } from "./dialogs.js";
import { offerCopies } from "./copying.js";
import { listKeys } from "./keys.js";

closeOnEscape();
openDialogs();
offerCopies();
listKeys();
// Where tabs have no room the current one is in sight all the same.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
