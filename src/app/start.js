// Starts the browser's half. Until it is there, what is pressed is kept and carried out afterwards; if it
// does not come, the page says so.
((script, wasm, patience) => {
    const unready = document.getElementById("unready");
    let kept = null;
    let failed = false;
    const enable = () => {
        for (const button of document.querySelectorAll("button[data-scripts]")) button.disabled = false;
        for (const button of document.querySelectorAll(".reveal")) button.hidden = false;
    };
    const keep = (event) => {
        const button = event.submitter ?? event.target.closest?.("button[data-does]");
        // The browser sends the forms that need no scripts by itself.
        if (!button || ((event.submitter || failed) && !button.hasAttribute("data-scripts"))) return;
        event.preventDefault();
        if (failed) return location.reload();
        release();
        // A button that is an icon alone stays one.
        const label = button.querySelector("span") ?? (button.childElementCount ? null : button);
        kept = { button, label, text: label?.textContent };
        button.setAttribute("aria-busy", "true");
        if (label) label.textContent = "Loading…";
    };
    const release = () => {
        const press = kept;
        kept = null;
        press?.button.removeAttribute("aria-busy");
        if (press?.label) press.label.textContent = press.text;
        return press?.button;
    };
    const fail = () => {
        failed = true;
        release();
        for (const button of document.querySelectorAll(".reveal")) button.hidden = true;
        unready.hidden = false;
    };
    const hydrate = (app) => {
        enable();
        for (const island of document.querySelectorAll("leptos-island:not([data-hydrated])")) {
            island.dataset.hydrated = "";
            app[island.dataset.component]?.(island);
        }
    };
    // A form that came back is at the address of its call.
    const page = document.querySelector("meta[name=page]");
    if (page) history.replaceState(null, "", page.content);
    enable();
    document.addEventListener("submit", keep);
    document.addEventListener("click", keep);
    const timer = setTimeout(fail, patience);
    import(script)
        .then(async (app) => {
            await app.default({ module_or_path: wasm });
            clearTimeout(timer);
            document.removeEventListener("submit", keep);
            document.removeEventListener("click", keep);
            document.addEventListener("renewed", () => hydrate(app));
            app.hydrate();
            hydrate(app);
            unready.hidden = true;
            document.documentElement.dataset.hydrated = "";
            release()?.click();
        })
        .catch(fail);
})
