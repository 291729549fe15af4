// Atomic CRM's data provider for Tenantry's REST API.
import {
  HttpError,
  type DataProvider,
  type GetListParams,
  type GetListResult,
  type GetManyReferenceParams,
  type Identifier,
  type PaginationPayload,
  type RaRecord,
  type SortPayload,
  type UpdateParams,
} from "ra-core";
import { invitation } from "./address.ts";
import { Board } from "./board.ts";
import { Files } from "./files.ts";
import type { Answer, Call, Refusal, Send } from "./http.ts";
import { changes, same, type Row } from "./same.ts";
import type { Session } from "./session.ts";
import { Versions } from "./versions.ts";

export interface SignUp {
  email: string;
  password: string;
  first_name: string;
  last_name: string;
}

export interface SaleForm {
  email: string;
  first_name: string;
  last_name: string;
  administrator: boolean;
  disabled: boolean;
  avatar?: any;
  password?: string;
}

// The methods that the front end calls in addition to those of react-admin's data provider.
export interface CrmDataProvider extends DataProvider {
  // Typed as loosely as the front end's demo, against whose type this is checked.
  getList<T extends RaRecord = any>(
    resource: string,
    params: GetListParams,
  ): Promise<GetListResult<T & any>>;
  signUp(
    data: SignUp,
  ): Promise<{ id: string; email: string; password: string }>;
  salesCreate(data: SaleForm): Promise<any>;
  salesUpdate(id: Identifier, data: Partial<SaleForm>): Promise<any>;
  updatePassword(id: Identifier): Promise<any>;
  unarchiveDeal(deal: { id: Identifier }): Promise<any[]>;
  isInitialized(): Promise<boolean>;
  mergeContacts(loserId: Identifier, winnerId: Identifier): Promise<any>;
  getConfiguration(): Promise<any>;
  updateConfiguration(config: any): Promise<any>;
}

// Maximum number of ids in one request and in its URL.
const IDS = 1000;
const SHORT = 100;

// Maximum number of retries of a save when others write to the same row.
const ROUNDS = 5;

// Fields that users do not type into a form. For them, the last write wins.
const unattended = new Set(["last_seen", "index"]);

const pathOf = (resource: string, id?: Identifier) =>
  `/api/${encodeURIComponent(resource)}` +
  (id === undefined ? "" : `/${encodeURIComponent(id)}`);

const queryOf = (params: Record<string, unknown>) =>
  "?" +
  Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `${name}=${encodeURIComponent(JSON.stringify(value))}`,
    )
    .join("&");

const chunks = (ids: Identifier[]) =>
  Array.from({ length: Math.ceil(ids.length / IDS) }, (_, i) =>
    ids.slice(i * IDS, (i + 1) * IDS),
  );

// The activity feed uses different field names from the server.
function renamed(resource: string, row: Row): any {
  if (resource !== "activity_log") return row;
  const { contact_note, deal_note, ...rest } = row;
  return {
    ...rest,
    contactNote: contact_note ?? undefined,
    dealNote: deal_note ?? undefined,
  };
}

function totalOf({ headers, json }: Answer): number {
  const total = Number(headers.get("Content-Range")?.split("/").pop());
  return Number.isNaN(total) ? json.length : total;
}

const shown = (value: unknown) =>
  typeof value === "string" ? `“${value}”` : JSON.stringify(value ?? null);

function stale(names: string[], current: Row): HttpError {
  const errors = Object.fromEntries(
    names.map((name) => [
      name,
      `Somebody else made this ${shown(current[name])} meanwhile.`,
    ]),
  );
  return new HttpError(
    "Not saved: somebody else changed " +
      `${names.map((name) => `${name} to ${shown(current[name])}`).join(", ")} ` +
      "meanwhile. Reload and look.",
    412,
    { errors, current },
  );
}

export function createDataProvider(
  send: Send,
  session: Session,
): CrmDataProvider {
  const board = new Board(send);
  const files = new Files(send);
  const versions = new Versions();

  // Files are uploaded before the record that refers to them.
  async function withFiles(resource: string, data: Row): Promise<Row> {
    switch (resource) {
      case "contact_notes":
      case "deal_notes":
        return Array.isArray(data.attachments)
          ? {
              ...data,
              attachments: await Promise.all(
                data.attachments.map((f) => files.keep(f)),
              ),
            }
          : data;
      case "companies":
        return data.logo
          ? { ...data, logo: await files.keepPicked(data.logo) }
          : data;
      case "contacts":
      case "sales":
        return data.avatar
          ? { ...data, avatar: await files.keepPicked(data.avatar) }
          : data;
      case "configuration":
        return data.config
          ? { ...data, config: await withLogos(data.config) }
          : data;
      default:
        return data;
    }
  }

  // In the configuration, each logo is a plain URL.
  async function withLogos(config: Row): Promise<Row> {
    const all = { ...config };
    for (const name of ["lightModeLogo", "darkModeLogo"])
      if (typeof all[name] === "object")
        all[name] =
          ((await files.keepPicked(all[name])) as Row | null)?.src ?? "";
    return all;
  }

  async function list(
    resource: string,
    filter: Row,
    {
      pagination: { page, perPage } = { page: 1, perPage: 25 },
      sort,
      signal,
    }: {
      pagination?: PaginationPayload;
      sort?: SortPayload;
      signal?: AbortSignal;
    },
  ) {
    const answer = await send<Row[]>(
      pathOf(resource) +
        queryOf({
          filter,
          sort: sort && [sort.field, sort.order],
          range: [(page - 1) * perPage, page * perPage - 1],
        }),
      { ...(signal && { signal }) },
    );
    return {
      data: answer.json.map((row) => renamed(resource, row)) as any[],
      total: totalOf(answer),
    };
  }

  // Reads one row and remembers its version.
  async function one(
    resource: string,
    path: string,
    call: Call = {},
  ): Promise<any> {
    const { json, headers } = await send(path, call);
    versions.keep(
      resource,
      json,
      headers.get("ETag"),
      Object.keys(call.body ?? {}),
    );
    return renamed(resource, json);
  }

  // Returns the fields that this form and another user changed to different values. A user's own earlier change does
  // not count.
  const contested = (
    resource: string,
    id: Identifier,
    mine: Row,
    before: Row,
    current: Row,
  ) =>
    Object.keys(mine).filter(
      (name) =>
        !unattended.has(name) &&
        [before, mine].every((row) => !same(current[name], row[name])) &&
        !versions.isOwn(resource, id, name, current[name]),
    );

  // Saves the form's changes if it started from the current row or if the changes since then affect different fields.
  async function save(
    resource: string,
    id: Identifier,
    mine: Row,
    before: Row | undefined,
  ): Promise<any> {
    let tag = versions.tagOf(resource, id, before);
    for (let round = 1; ; round++)
      try {
        return await one(resource, pathOf(resource, id), {
          method: "PATCH",
          body: mine,
          headers: tag ? { "If-Match": tag } : {},
        });
      } catch (error) {
        const { status, body, headers } = error as Refusal;
        if (status !== 412 || !body?.current || !before || round === ROUNDS)
          throw error;
        const names = contested(resource, id, mine, before, body.current);
        if (names.length) throw stale(names, body.current);
        tag = headers?.get("ETag") ?? undefined;
      }
  }

  // Dragging a card never reports a conflict.
  async function move(id: Identifier, mine: Row): Promise<any> {
    const { data, etag } = await board.move(id, mine);
    versions.keep("deals", data, etag, Object.keys(mine));
    return data;
  }

  async function salesUpdate(
    id: Identifier,
    form: Partial<SaleForm>,
  ): Promise<any> {
    const { email, first_name, last_name, administrator, disabled } = form;
    const avatar = await files.keepPicked(form.avatar);
    const { json } = await send(pathOf("sales", id), {
      method: "PATCH",
      body: { email, first_name, last_name, administrator, disabled, avatar },
    });
    session.forget();
    return json;
  }

  async function salesCreate(form: SaleForm): Promise<any> {
    const { email, first_name, last_name, administrator, disabled } = form;
    return one("sales", pathOf("sales"), {
      method: "POST",
      body: { email, first_name, last_name, administrator, disabled },
    });
  }

  return {
    supportAbortSignal: true,

    getList: (resource, { filter, ...params }) =>
      list(resource, filter ?? {}, params),

    getManyReference: (
      resource,
      { target, id, filter, ...params }: GetManyReferenceParams,
    ) => list(resource, { ...filter, [target]: id }, params),

    getOne: async (resource, { id, signal }) => ({
      data: await one(resource, pathOf(resource, id), {
        ...(signal && { signal }),
      }),
    }),

    async getMany(resource, { ids, signal }) {
      const wanted = [...new Set(ids)].filter(
        (id) => id !== null && id !== undefined,
      );
      const found = await Promise.all(
        chunks(wanted).map((some) =>
          some.length > SHORT
            ? send<Row[]>(`${pathOf(resource)}/get-many`, {
                method: "POST",
                body: { ids: some },
                reads: true,
                ...(signal && { signal }),
              })
            : send<Row[]>(
                pathOf(resource) + queryOf({ filter: { id: some } }),
                { ...(signal && { signal }) },
              ),
        ),
      );
      return {
        data: found.flatMap(({ json }) =>
          json.map((row) => renamed(resource, row)),
        ),
      };
    },

    async create(resource, { data }) {
      if (resource === "sales")
        return { data: await salesCreate(data as SaleForm) };
      const body = await withFiles(resource, data);
      return {
        data: await one(resource, pathOf(resource), { method: "POST", body }),
      };
    },

    async update(resource, { id, data, previousData }: UpdateParams) {
      const { id: whole, ...form } = await withFiles(resource, data);
      // A form submits the whole record. Other callers send only the fields that they want to change.
      const mine = whole === undefined ? form : changes(form, previousData);
      const row =
        resource === "deals" && "index" in mine
          ? await move(id, mine)
          : await save(resource, id, mine, previousData);
      if (resource === "sales") session.forget();
      return { data: row };
    },

    async updateMany(resource, { ids, data }) {
      const { id: _, ...body } = await withFiles(resource, data);
      const done = [];
      for (const some of chunks(ids))
        done.push(
          ...(
            await send(pathOf(resource) + queryOf({ filter: { id: some } }), {
              method: "PATCH",
              body,
            })
          ).json,
        );
      return { data: done };
    },

    delete: async (resource, { id }) => ({
      data: (await send(pathOf(resource, id), { method: "DELETE" })).json,
    }),

    async deleteMany(resource, { ids }) {
      const done = [];
      for (const some of chunks(ids))
        done.push(
          ...(
            await send(pathOf(resource) + queryOf({ filter: { id: some } }), {
              method: "DELETE",
            })
          ).json,
        );
      return { data: done };
    },

    async signUp({ email, password, first_name, last_name }) {
      const { json } = await send("/api/signup", {
        method: "POST",
        body: {
          email,
          password,
          first_name,
          last_name,
          invite_token: invitation("/sign-up"),
        },
      });
      session.forget();
      if (json.token) session.opened = email;
      return { id: json.id, email, password };
    },

    salesCreate,
    salesUpdate,

    // The server sends a link to the user's own email address.
    updatePassword: async (id) =>
      (
        await send(`${pathOf("sales", id)}/password`, {
          method: "PATCH",
          body: {},
        })
      ).json ?? true,

    unarchiveDeal: async ({ id }) =>
      (
        await send(`${pathOf("deals", id)}/unarchive`, {
          method: "POST",
          body: {},
        })
      ).json,

    // Users with an invitation can still use the sign-up page.
    isInitialized: async () =>
      !invitation("/sign-up") && (await session.isInitialized()),

    mergeContacts: async (loserId, winnerId) =>
      (
        await send("/api/merge_contacts", {
          method: "POST",
          body: { loserId, winnerId },
        })
      ).json,

    getConfiguration: async () =>
      (await one("configuration", pathOf("configuration", 1))).config ?? {},

    updateConfiguration: async (config) =>
      (
        await one("configuration", pathOf("configuration", 1), {
          method: "PATCH",
          body: { config: await withLogos(config) },
        })
      ).config,

    getActivityLog: async (companyId?: Identifier, salesId?: Identifier) =>
      (
        await list(
          "activity_log",
          { company_id: companyId, sales_id: salesId },
          {
            pagination: { page: 1, perPage: 250 },
            sort: { field: "date", order: "DESC" },
          },
        )
      ).data,
  };
}
