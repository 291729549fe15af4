// The user of this page. Nothing is stored: only the cookie outlives the page,
// and no script can read it.
import { HttpError } from "ra-core";
import type { Send } from "./http.ts";

export interface Me {
  id: number;
  user_id: string;
  first_name: string;
  last_name: string;
  email: string;
  avatar: { src?: string } | null;
  administrator: boolean;
  disabled: boolean;
  organization_id: string;
}

// How long the session is cached. Data calls detect immediately that a session ended.
const FRESH = 60_000;

export class Session {
  // The email address of a user who has just signed up: the login that follows
  // reuses the new session.
  opened: string | undefined;
  private asked: Promise<Me> | undefined;
  private at = 0;
  private initialized = false;

  constructor(private readonly send: Send) {}

  // Concurrent callers share one request.
  me(): Promise<Me> {
    if (this.asked && Date.now() - this.at < FRESH) return this.asked;
    const asked = this.send<Me>("/api/me").then(({ json }) => json);
    this.asked = asked;
    this.at = Date.now();
    asked.catch(() => {
      if (this.asked === asked) this.asked = undefined;
    });
    return asked;
  }

  forget(): void {
    this.asked = undefined;
  }

  // The result is cached once it is true.
  async isInitialized(): Promise<boolean> {
    if (!this.initialized) {
      const { json } = await this.send("/api/init_state");
      this.initialized = Boolean(json.is_initialized);
    }
    return this.initialized;
  }
}

export const ended = (error: unknown): boolean =>
  error instanceof HttpError && error.status === 401;
