// Uploading: files and folders that are dropped or picked, one after the other, with progress, pause, retry and a choice
// where a name is taken. The small panel stays while one goes on looking at this folder.

const AT_ONCE = 2;

/** Takes files that are dropped anywhere on the page, or picked with the links [data-pick], into a folder. */
export function takeFiles(folder, csrf) {
  const queue = new Queue(folder, csrf);
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (carriesFiles(event) && ++depth) document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (carriesFiles(event) && --depth <= 0) document.body.classList.remove("dropping");
  });
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    document.body.classList.remove("dropping");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [...event.dataTransfer.files];
    queue.add(entries.length ? (await filesOf(entries)).filter(isShown) : files.map((file) => ({ file, below: "" })));
  });
  for (const link of document.querySelectorAll("[data-pick]")) {
    const wholeFolder = link.dataset.pick === "folder";
    if (wholeFolder) link.hidden = !("webkitdirectory" in HTMLInputElement.prototype);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      pick(wholeFolder, (files) => queue.add(files));
    });
  }
  addEventListener("beforeunload", (event) => queue.isBusy() && event.preventDefault());
  return queue;
}

/** Asks for files, or for a folder: then each comes with the folder it lies in, the chosen one included. */
function pick(wholeFolder, done) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.webkitdirectory = wholeFolder;
  if (!wholeFolder) input.accept = "image/*,.pdf,.svg,.ai,.dng,.cr2,.cr3,.nef,.arw,.rw2,.orf,.raf,.jxl,.heic";
  input.dataset.picker = "";
  input.hidden = true;
  input.addEventListener("change", () => {
    done([...input.files].map((file) => ({ file, below: folderOf(file) })).filter(isShown));
    input.remove();
  });
  document.body.append(input);
  input.click();
}

/** Where a file lies, as "/shoes/red"; "" for one that was picked by itself. */
function folderOf(file) {
  const path = file.webkitRelativePath ?? "";
  return path.includes("/") ? `/${path.slice(0, path.lastIndexOf("/"))}` : "";
}

/** Not what systems put into folders for themselves. */
function isShown({ file, below }) {
  return !`${below}/${file.name}`.includes("/.") && !["Thumbs.db", "desktop.ini"].includes(file.name);
}

/** All files of dropped entries, each with the folder it lies in below the one that was dropped. */
async function filesOf(entries, below = "") {
  const found = [];
  for (const entry of entries) {
    if (entry.isFile) {
      found.push({ file: await new Promise((done, fail) => entry.file(done, fail)), below });
    } else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((done, fail) => reader.readEntries(done, fail));
        if (!some.length) break;
        found.push(...(await filesOf(some, `${below}/${entry.name}`)));
      }
    }
  }
  return found;
}

class Queue {
  constructor(folder, csrf) {
    this.folder = folder;
    this.csrf = csrf;
    this.jobs = [];
    this.there = new Set([""]);
    this.paused = false;
  }

  isBusy() {
    return this.jobs.some((job) => job.state === "waiting" || job.state === "sending");
  }

  add(files) {
    this.show();
    for (const { file, below } of files) {
      const job = { file, below, state: "waiting", overwrite: "no" };
      job.row = new Row(job, this);
      this.list.append(job.row.element);
      this.jobs.push(job);
    }
    this.next();
  }

  /** Begins as many as may go at once. */
  next() {
    const sending = this.jobs.filter((job) => job.state === "sending");
    for (const job of this.paused ? [] : this.jobs.filter((each) => each.state === "waiting")) {
      if (sending.length >= AT_ONCE) break;
      if (!this.mayBegin(job, sending)) continue;
      this.send(job);
      sending.push(job);
    }
    this.tell();
  }

  /** New folders are made by one file at a time: two at once would be in each other's way. */
  mayBegin(job, sending) {
    return this.there.has(job.below) || sending.every((other) => this.there.has(other.below));
  }

  send(job) {
    job.state = "sending";
    const request = (job.request = new XMLHttpRequest());
    const body = new FormData();
    body.append("path", `/${this.folder}${job.below}`);
    body.append("overwrite", job.overwrite);
    body.append("files", job.file, job.file.name);
    request.open("POST", "/api/v1/upload/");
    request.setRequestHeader("X-CSRF-Token", this.csrf);
    request.responseType = "json";
    request.upload.onprogress = (event) => job.row.progress(event.loaded, event.total);
    request.onload = () => this.done(job, request);
    request.onerror = () => this.fail(job, "The connection broke. Nothing is half there; try again.");
    request.onabort = () => this.next();
    request.send(body);
  }

  done(job, request) {
    const found = Object.values(request.response?.data ?? {})[0];
    if (request.status === 200 && found && !found.error) {
      this.there.add(job.below);
      job.state = "done";
      job.row.finished(found);
    } else if (request.status === 409 || found?.error?.status === 409) {
      job.state = "taken";
      job.row.taken();
    } else {
      job.refused = request.status === 401 || request.status === 403;
      return this.fail(job, sentence(request, found?.error));
    }
    this.next();
  }

  fail(job, text) {
    job.state = "failed";
    job.row.failed(text);
    this.next();
  }

  async again(job, overwrite = job.overwrite) {
    job.overwrite = overwrite;
    if (job.refused) await this.renew();
    job.refused = false;
    job.state = "waiting";
    job.row.waiting();
    this.next();
  }

  /** Whoever has logged in again in another tab has another token. */
  async renew() {
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.csrf = page.querySelector("[data-upload]")?.dataset.upload ?? this.csrf;
  }

  pause() {
    this.paused = !this.paused;
    for (const job of this.jobs.filter((each) => each.state === "sending" && this.paused)) {
      job.state = "waiting";
      job.request.abort();
      job.row.waiting();
    }
    this.next();
  }

  tell() {
    const count = (state) => this.jobs.filter((job) => job.state === state).length;
    const [done, wrong] = [count("done"), count("failed") + count("taken")];
    const all = this.jobs.length - count("skipped");
    const open = all - done - wrong;
    this.title.textContent = open ? `Uploading, ${done} of ${all} done` : `${done} uploaded${wrong ? `, ${wrong} not` : ""}`;
    this.pauser.textContent = this.paused ? "Go on" : "Pause";
    this.pauser.hidden = !open;
    this.reload.hidden = Boolean(open) || !done;
  }

  show() {
    if (this.panel) return;
    this.panel = element("section", "uploads");
    this.panel.setAttribute("aria-label", "Uploads");
    this.title = element("h2");
    this.title.setAttribute("aria-live", "polite");
    this.pauser = button("Pause", () => this.pause());
    this.reload = button("Show them", () => location.reload());
    const close = button("Close", () => {
      if (this.isBusy()) return this.pause();
      this.panel.remove();
      this.panel = undefined;
      this.jobs = [];
    });
    const head = element("header");
    head.append(this.title, this.pauser, this.reload, close);
    this.list = element("ul");
    this.panel.append(head, this.list);
    document.body.append(this.panel);
  }
}

/** One file in the panel. */
class Row {
  constructor(job, queue) {
    this.job = job;
    this.queue = queue;
    this.element = element("li");
    const line = element("div", "progress");
    this.text = element("span", "progress-text");
    this.bar = element("progress");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", job.file.name);
    const name = element("span", "progress-label");
    name.textContent = job.file.name;
    line.append(name, this.bar, this.text);
    this.rest = element("div");
    this.element.append(line, this.rest);
    this.waiting();
  }

  waiting() {
    this.text.textContent = "waiting";
    this.bar.value = 0;
    this.rest.replaceChildren();
  }

  progress(done, total) {
    this.bar.value = total ? done / total : 0;
    this.text.textContent = done < total ? `${Math.round((100 * done) / total)} %` : "checking";
  }

  finished(image) {
    this.bar.value = 1;
    const link = element("a");
    link.href = `/details/?src=${encodeURIComponent(image.src)}`;
    link.textContent = "done";
    this.text.replaceChildren(link);
    this.rest.replaceChildren();
  }

  failed(text) {
    this.text.textContent = "not uploaded";
    const why = element("p", "wrong");
    why.textContent = text;
    this.offer(why, ["Try again", () => this.queue.again(this.job)]);
  }

  taken() {
    this.text.textContent = "name taken";
    const why = element("p", "wrong");
    why.textContent = "There is a file of this name already.";
    this.offer(
      why,
      ["Keep both", () => this.queue.again(this.job, "rename")],
      ["Replace it", () => this.queue.again(this.job, "yes")],
      ["Skip", () => { this.job.state = "skipped"; this.element.remove(); this.queue.tell(); }],
    );
  }

  offer(why, ...choices) {
    const actions = element("div", "actions");
    actions.append(...choices.map(([text, run]) => button(text, run)));
    this.rest.replaceChildren(why, actions);
  }
}

function sentence(request, error) {
  const text = error?.message ?? request.response?.message ?? "";
  if (request.status === 401 || request.status === 403) return `${text || "Not allowed"}. Log in again in another tab, then try again.`;
  if (request.status === 415 || error?.status === 415) return "This is no picture that can be read here: the file is damaged, or of another kind.";
  return text || `The server answered ${request.status}.`;
}

function element(name, kind = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  return made;
}

function button(text, run) {
  const made = element("button", "button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", run);
  return made;
}
