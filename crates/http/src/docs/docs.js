"use strict";

// Reads the description that the server has of itself, and lists what is in it. Texts of the
// description are only ever set as text, never as markup.

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function resolve(description, value) {
  if (!value || !value.$ref) return value;
  const found = value.$ref.slice(2).split("/").reduce((at, part) => at[part], description);
  return { ...found, ...value };
}

// A schema in few words.
function brief(description, schema) {
  if (!schema) return "";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return element("a", { href: `#schema-${name}`, textContent: name });
  }
  const parts = [];
  if (schema.anyOf || schema.oneOf) parts.push("one of several");
  if (schema.type) parts.push(schema.type);
  if (schema.enum) parts.push(schema.enum.join(" | "));
  if (schema.minimum !== undefined) parts.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) parts.push(`to ${schema.maximum}`);
  if (schema.default !== undefined) parts.push(`default ${schema.default}`);
  return parts.join(", ");
}

function parameters(description, operation, fields) {
  const rows = (operation.parameters || []).map((parameter) => {
    const field = element("input", {
      name: parameter.name,
      placeholder: parameter.required ? "needed" : "",
      value: parameter.required && parameter.example !== undefined ? parameter.example : "",
    });
    field.setAttribute("aria-label", parameter.name);
    fields.push({ parameter, field });
    return element("tr", {},
      element("td", {}, element("code", { textContent: parameter.name }),
        ` ${parameter.in}${parameter.required ? ", needed" : ""}`),
      element("td", { className: "says" }, parameter.description || "", element("br"),
        brief(description, parameter.schema)),
      element("td", {}, field));
  });
  return rows.length ? [element("h3", { textContent: "Parameters" }), element("table", {}, ...rows)] : [];
}

function answers(description, operation) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const cell = element("td", { className: "says" }, answer.description);
    for (const content of Object.values(answer.content || {})) {
      cell.append(element("br"), brief(description, content.schema));
      if (content.example !== undefined) {
        cell.append(element("pre", { textContent: pretty(content.example) }));
      }
      const codes = content.schema.properties?.code?.enum || [];
      if (codes.length) cell.append(": ", element("code", { textContent: codes.join(", ") }));
    }
    return element("tr", {}, element("td", {}, element("code", { textContent: status })), cell);
  });
  return [element("h3", { textContent: "Answers" }), element("table", {}, ...rows)];
}

async function ask(method, path, fields, body, kind, shown) {
  let target = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, field } of fields) {
    if (field.value === "" && parameter.in !== "path") continue;
    if (parameter.in === "path") {
      target = target.replace(`{${parameter.name}}`, encodeURIComponent(field.value));
    } else if (parameter.in === "query") {
      query.set(parameter.name, field.value);
    } else {
      headers[parameter.name] = field.value;
    }
  }
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = kind;
  const text = query.toString();
  try {
    const answer = await fetch(text ? `${target}?${text}` : target, {
      method: method.toUpperCase(), headers, body, cache: "no-store",
    });
    const content = await answer.text();
    const head = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    let readable = content;
    try { readable = pretty(JSON.parse(content)); } catch { /* It is no JSON. */ }
    shown.textContent = `${answer.status} ${answer.statusText}\n${head}\n\n${readable}`;
  } catch (error) {
    shown.textContent = String(error);
  }
}

function operation(description, path, method, described) {
  const fields = [];
  const inside = element("div", {});
  if (described.description) inside.append(element("p", { textContent: described.description }));
  inside.append(...parameters(description, described, fields));
  let area;
  let kind;
  if (described.requestBody) {
    const [media, content] = Object.entries(described.requestBody.content)[0];
    kind = media;
    area = element("textarea", { rows: 8, spellcheck: false, value: pretty(content.example ?? {}) });
    area.setAttribute("aria-label", "Body");
    inside.append(element("h3", { textContent: "Body" }), brief(description, content.schema), area);
  }
  const shown = element("pre", { hidden: true });
  const button = element("button", { type: "button", textContent: "Try it" });
  button.addEventListener("click", async () => {
    shown.hidden = false;
    shown.textContent = "…";
    await ask(method, path, fields, area?.value, kind, shown);
  });
  inside.append(button, shown, ...answers(description, described));
  const made = element("details", { id: described.operationId },
    element("summary", {},
      element("span", { className: "method", textContent: method }),
      element("code", { textContent: path }), " ",
      element("span", { className: "says", textContent: described.summary || "" })),
    inside);
  made.dataset.words = `${method} ${path} ${described.summary || ""} ${described.operationId}`.toLowerCase();
  return made;
}

function show(description) {
  document.getElementById("about").textContent = description.info.description || "";
  const byTag = new Map();
  for (const [path, item] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((each) => item[each])) {
      const tag = item[method].tags?.[0] || "other";
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(operation(description, path, method, item[method]));
    }
  }
  const main = document.getElementById("operations");
  for (const [tag, all] of byTag) {
    main.append(element("section", {}, element("h2", { textContent: tag }), ...all));
  }
  const schemas = document.getElementById("schemas");
  for (const [name, schema] of Object.entries(description.components.schemas)) {
    schemas.append(element("details", { id: `schema-${name}` },
      element("summary", {}, element("code", { textContent: name })),
      element("div", {}, element("pre", { textContent: pretty(resolve(description, schema)) }))));
  }
}

function find(event) {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const each of document.querySelectorAll("#operations details")) {
    each.hidden = !words.every((word) => each.dataset.words.includes(word));
  }
}

// A link to an operation or a schema opens it.
function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) { target.open = true; target.scrollIntoView(); }
}

async function start() {
  const about = document.getElementById("about");
  try {
    const answer = await fetch("/api/openapi.json");
    show(await answer.json());
    open();
  } catch (error) {
    about.textContent = `The description cannot be read: ${error}`;
  }
  document.getElementById("find").addEventListener("input", find);
  addEventListener("hashchange", open);
}

start();
