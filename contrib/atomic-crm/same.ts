// Compares rows: what a form changed, and whether two rows are the same
// version.

export type Row = Record<string, any>;

// Returns whether two values are equal as JSON: an undefined member counts as
// missing.
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (
    typeof a !== "object" ||
    typeof b !== "object" ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return false;
  const [x, y] = [a as Row, b as Row];
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].every((name) =>
    same(x[name], y[name]),
  );
}

// Fields that the server computes or maintains.
const derived = new Set([
  "id",
  "nb_tasks",
  "nb_deals",
  "nb_contacts",
  "company_name",
  "email_fts",
  "phone_fts",
  "updated_at",
  "index",
]);

// Returns whether two rows are the same version.
export const sameVersion = (a: Row, b: Row): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (name) => derived.has(name) || same(a[name], b[name]),
  );

// Returns the fields that the form changed.
export function changes(data: Row, before: Row | undefined): Row {
  return Object.fromEntries(
    Object.entries(data).filter(
      ([name, value]) =>
        value !== undefined && !(before && same(value, before[name])),
    ),
  );
}
