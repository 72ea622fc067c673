"use strict";
const told = document.getElementById("told");
fetch("/api/v1/session").then(async (answer) => {
  if (answer.ok) {
    told.textContent = "You are logged in as " + (await answer.json()).name + ".";
    return;
  }
  told.textContent = answer.status === 401 ? "You are not logged in." : "The server cannot say who you are: try again soon.";
}).catch(() => { told.textContent = "The server did not answer: is it still running?"; });
