// Batches the position updates of the cards on the board.
//
// The board updates the position of each card separately, all at the same
// moment. The updates are collected and sent as one atomic batch: no reader
// sees half of the batch, and users who drag cards at the same time do not
// interfere.
import type { Identifier } from "ra-core";
import type { Send } from "./http.ts";
import type { Row } from "./same.ts";

const MOST = 100; // operations per batch

export interface Moved {
  data: Row;
  etag: string | null;
}

interface Move {
  id: Identifier;
  data: Row;
  resolve: (moved: Moved) => void;
  reject: (error: unknown) => void;
}

export class Board {
  private moves: Move[] = [];

  constructor(private readonly send: Send) {}

  move(id: Identifier, data: Row): Promise<Moved> {
    return new Promise((resolve, reject) => {
      if (this.moves.push({ id, data, resolve, reject }) === 1)
        setTimeout(() => this.sendAll());
    });
  }

  // The moves are always sent in the same order, to avoid deadlocks.
  private async sendAll(): Promise<void> {
    const moves = this.moves.sort((a, b) => Number(a.id) - Number(b.id));
    this.moves = [];
    for (let i = 0; i < moves.length; i += MOST)
      await this.sendSome(moves.slice(i, i + MOST));
  }

  private async sendSome(moves: Move[]): Promise<void> {
    try {
      const operations = moves.map(({ id, data }) => ({
        method: "PATCH",
        resource: "deals",
        id,
        data,
      }));
      const { json } = await this.send<{ results: Moved[] }>("/api/batch", {
        method: "POST",
        body: { operations },
      });
      moves.forEach(({ resolve }, i) => resolve(json.results[i] as Moved));
    } catch (error) {
      for (const { reject } of moves) reject(error);
    }
  }
}
