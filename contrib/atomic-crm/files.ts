// Uploads the files of a form before the record that refers to them is saved.
import type { Send } from "./http.ts";
import type { Row } from "./same.ts";

export interface StoredFile {
  src: string;
  title?: string;
  path?: string;
  type?: string;
}

const isPicked = (src: string) => /^(blob|data):/.test(src);

// Returns the content, or null if another site does not allow reading it.
async function bytesOf(file: Row): Promise<Blob | null> {
  if (
    file.rawFile instanceof Blob &&
    !(typeof file.src === "string" && file.src.startsWith("data:"))
  )
    return file.rawFile;
  try {
    const rs = await globalThis.fetch(file.src);
    return rs.ok ? await rs.blob() : null;
  } catch {
    return null;
  }
}

const nameOf = (file: Row, bytes: Blob) =>
  file.rawFile?.name ||
  file.title ||
  (bytes.type ? `file.${bytes.type.replace(/^.*\/|\W.*$/g, "")}` : "file");

export class Files {
  constructor(private readonly send: Send) {}

  // A stored file keeps its URL; a file of another site is copied if that
  // site allows it, and otherwise remains a link.
  async keep(file: unknown): Promise<unknown> {
    if (typeof file !== "object" || file === null) return file;
    const { rawFile, ...rest } = file as Row;
    const picked = rawFile instanceof Blob || isPicked(rest.src ?? "");
    if (!picked && (rest.path || this.isOurs(rest.src))) return rest;
    const bytes = await bytesOf(file);
    if (!bytes && picked)
      throw new Error(`The file ${rest.title ?? ""} cannot be read.`);
    return bytes
      ? { ...rest, ...(await this.upload(nameOf(file, bytes), bytes)) }
      : rest;
  }

  // Uploads a newly chosen picture; any other picture keeps its URL.
  async keepPicked(file: unknown): Promise<unknown> {
    const { rawFile, src } = (file ?? {}) as Row;
    return rawFile instanceof Blob || isPicked(src ?? "")
      ? this.keep(file)
      : file;
  }

  private isOurs(src: unknown): boolean {
    return typeof src !== "string" || src === "" || /(^|\/)uploads\//.test(src);
  }

  private async upload(name: string, bytes: Blob): Promise<StoredFile> {
    const form = new FormData();
    form.append("file", bytes, name);
    const { json } = await this.send<StoredFile>("/api/upload", {
      method: "POST",
      body: form,
    });
    return json;
  }
}
