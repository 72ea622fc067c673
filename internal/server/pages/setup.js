"use strict";
// The secret stands behind # in the link, so that it is in no request's address and no log.
const form = document.getElementById("form");
const told = document.getElementById("told");
const button = form.querySelector("button");
const secret = location.hash.slice(1);

function tell(text, bad) {
  told.textContent = text;
  told.className = bad ? "bad" : "";
}

if (secret === "") {
  tell("This address lacks the secret behind #: open the link as the program printed it.", true);
  button.disabled = true;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const value = (id) => document.getElementById(id).value;
  if (value("password") !== value("again")) {
    tell("The two passwords differ.", true);
    document.getElementById("again").focus();
    return;
  }
  button.disabled = true;
  tell("One moment …", false);
  try {
    const answer = await fetch("/api/v1/session/setup", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ secret, name: value("name"), display: value("display"), password: value("password") }),
    });
    if (answer.ok) {
      history.replaceState(null, "", "/setup");
      form.reset();
      for (const e of form.elements) e.disabled = true;
      tell("Done: you are logged in. Users and tokens are made at /api/v1/users and /api/v1/tokens.", false);
      told.focus();
      return;
    }
    const problem = await answer.json();
    const more = (problem.issues || []).map((i) => i.message || i.detail).filter(Boolean).join("; ");
    tell([problem.detail || problem.title, more].filter(Boolean).join(": "), true);
  } catch {
    tell("The server did not answer: is it still running?", true);
  }
  button.disabled = false;
});
