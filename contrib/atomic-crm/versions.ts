// Tracks the version of a row from which a form started. The server sends an ETag with a single row. The last few
// versions of each row are stored here with their tags. A form that started from one of them is saved with If-Match.
// Rows of a list have no tag: unless the same content was read as a single row, they are saved without If-Match.
import type { Identifier } from "ra-core";
import { type Row, same, sameVersion } from "./same.ts";

const ROWS = 500; // maximum number of rows remembered
const VERSIONS = 4; // maximum number of versions remembered per row

interface Version {
  tag: string;
  row: Row;
  own: string[]; // fields written by this page
}

export class Versions {
  private readonly known = new Map<string, Version[]>();

  keep(resource: string, row: Row, tag: string | null, own: string[]): void {
    const key = `${resource}/${row.id}`;
    const versions = this.known.get(key) ?? [];
    this.known.delete(key);
    if (!tag) return;
    const seen = versions.find((version) => version.tag === tag);
    this.known.set(
      key,
      [
        { tag, row, own: [...own, ...(seen?.own ?? [])] },
        ...versions.filter((version) => version !== seen),
      ].slice(0, VERSIONS),
    );
    const oldest = this.known.keys().next();
    if (this.known.size > ROWS && !oldest.done) this.known.delete(oldest.value);
  }

  tagOf(
    resource: string,
    id: Identifier,
    row: Row | undefined,
  ): string | undefined {
    return (
      row &&
      this.known
        .get(`${resource}/${id}`)
        ?.find((version) => sameVersion(version.row, row))?.tag
    );
  }

  // Returns whether this page made the last change to the field.
  isOwn(
    resource: string,
    id: Identifier,
    name: string,
    value: unknown,
  ): boolean {
    return (this.known.get(`${resource}/${id}`) ?? []).some(
      (version) => version.own.includes(name) && same(version.row[name], value),
    );
  }
}
