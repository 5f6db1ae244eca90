// Short words about what has just happened, with a way back where there is one.

const SECONDS = 6;

/** Shows a sentence for a while; `action` is {text, run} of a button beside it. Answers a function that takes it away. */
export function say(sentence, action = undefined) {
  const place = document.querySelector("[data-toasts]");
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = sentence;
  toast.append(words);
  const away = () => toast.remove();
  if (action) {
    const button = document.createElement("button");
    button.className = "button";
    button.type = "button";
    button.textContent = action.text;
    button.addEventListener("click", () => {
      away();
      action.run();
    });
    toast.append(button);
  }
  place.append(toast);
  setTimeout(away, (action ? 2 * SECONDS : SECONDS) * 1000);
  return away;
}
