"""A small TypeScript project, a map viewer for the browser, and what a person would ask of it."""

from __future__ import annotations

FILES: dict[str, str] = {
    "package.json": '{\n  "name": "atlas",\n  "version": "2.0.0",\n  "private": true\n}\n',
    "tsconfig.json": '{\n  "compilerOptions": { "strict": true, "jsx": "react-jsx" }\n}\n',
    "README.md": "# Atlas\n\nShows maps in the browser.\n",
    "src/index.ts": """\
import { createStore } from "./state/store";
import { HttpClient } from "./http/client";

export const store = createStore({ zoom: 1 });
export const http = new HttpClient("/api");
""",
    "src/http/client.ts": """\
import { HttpError } from "./errors";

/** Talks JSON to the backend. */
export class HttpClient {
  constructor(private readonly base: string) {}

  /** Fetch a resource and parse its JSON body; throws HttpError for any status but 2xx. */
  async getJson<T>(path: string): Promise<T> {
    const response = await fetch(this.base + path);
    if (!response.ok) {
      throw new HttpError(response.status, path);
    }
    return (await response.json()) as T;
  }

  /** Abort a request that takes longer than the given milliseconds. */
  async withTimeout<T>(work: (signal: AbortSignal) => Promise<T>, milliseconds: number): Promise<T> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), milliseconds);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
""",
    "src/http/errors.ts": """\
export class HttpError extends Error {
  constructor(readonly status: number, path: string) {
    super(`${path} answered ${status}`);
  }
}
""",
    "src/state/store.ts": """\
export interface Store<S> {
  get(): S;
  update(change: Partial<S>): void;
  subscribe(listener: (state: S) => void): () => void;
}

/** A container of state that tells its subscribers about every change. */
export function createStore<S extends object>(initial: S): Store<S> {
  let state = initial;
  const listeners = new Set<(state: S) => void>();
  return {
    get: () => state,
    update(change) {
      state = { ...state, ...change };
      listeners.forEach((listener) => listener(state));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
""",
    "src/state/history.ts": """\
/** Remembers earlier states so that the user can undo and redo. */
export class UndoHistory<S> {
  private past: S[] = [];
  private future: S[] = [];

  /** Record a state before it changes; what was undone cannot be redone any more. */
  record(state: S): void {
    this.past.push(state);
    this.future = [];
  }

  /** Step back to the previous state. */
  undo(current: S): S {
    const previous = this.past.pop();
    if (previous === undefined) return current;
    this.future.push(current);
    return previous;
  }
}
""",
    "src/ui/Button.tsx": """\
import type { ReactNode } from "react";

export interface ButtonProps {
  label: string;
  icon?: ReactNode;
  onPress: () => void;
}

/** A button that can be pressed with the mouse and the keyboard. */
export function Button({ label, icon, onPress }: ButtonProps) {
  return (
    <button type="button" onClick={onPress}>
      {icon} {label}
    </button>
  );
}
""",
    "src/ui/useDebounce.ts": """\
import { useEffect, useState } from "react";

/** The value as it was when the user last stopped typing. */
export function useDebounce<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
""",
    "src/geo/distance.ts": """\
export interface Point {
  latitude: number;
  longitude: number;
}

const EARTH_RADIUS_METRES = 6_371_000;

/** Great-circle distance of two points on the globe in metres (haversine formula). */
export function haversineDistance(a: Point, b: Point): number {
  const toRadians = (degrees: number) => (degrees * Math.PI) / 180;
  const dLatitude = toRadians(b.latitude - a.latitude);
  const dLongitude = toRadians(b.longitude - a.longitude);
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(toRadians(a.latitude)) * Math.cos(toRadians(b.latitude)) * Math.sin(dLongitude / 2) ** 2;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.sqrt(h));
}
""",
    "src/geo/tiles.ts": """\
import type { Point } from "./distance";

/** Which map tile shows a point at a zoom level (Web Mercator). */
export function tileAt(point: Point, zoom: number): { x: number; y: number } {
  const scale = 2 ** zoom;
  const radians = (point.latitude * Math.PI) / 180;
  return {
    x: Math.floor(((point.longitude + 180) / 360) * scale),
    y: Math.floor(((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2) * scale),
  };
}
""",
    "src/parse/csv.ts": """\
/** Split a CSV document into rows, minding quoted fields and doubled quotes. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let field = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted && char === '"' && text[at + 1] === '"') {
      field += '"';
      at++;
    } else if (char === '"') {
      quoted = !quoted;
    } else if (char === "," && !quoted) {
      rows[rows.length - 1].push(field);
      field = "";
    } else if (char === "\\n" && !quoted) {
      rows[rows.length - 1].push(field);
      rows.push([]);
      field = "";
    } else {
      field += char;
    }
  }
  rows[rows.length - 1].push(field);
  return rows;
}
""",
    "src/i18n/labels.ts": """\
/* 地図 🗺️ */ export const GREETING = "こんにちは 👋"; /* 😀 */ export function übersetzeText(schlüssel: string): string {
  return `🌐 ${schlüssel}`;
}

/* 🎌🎌 */ export class ラベル { 翻訳する(鍵: string) { return übersetzeText(鍵); } }
""",
    "test/csv.test.ts": """\
import { parseCsv } from "../src/parse/csv";

test("quotes", () => {
  expect(parseCsv('"a,b",c')).toEqual([["a,b", "c"]]);
});
""",
}

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("distance between two points on the globe", "src/geo/distance.ts", "haversineDistance"),
    ("abort a request that takes too long", "src/http/client.ts", "withTimeout"),
    ("split quoted fields into rows", "src/parse/csv.ts", "parseCsv"),
    ("step back to the previous state", "src/state/history.ts", "undo"),
    ("button pressed with mouse or keyboard", "src/ui/Button.tsx", "Button"),
    ("value as it was when the user stopped typing", "src/ui/useDebounce.ts", "useDebounce"),
    ("übersetzeText", "src/i18n/labels.ts", "übersetzeText"),
    ("ラベル.翻訳する", "src/i18n/labels.ts", "翻訳する"),
)
"""Query, file, and name of the definition that must come first."""

SYMBOLS: tuple[tuple[str, str, str], ...] = (
    ("haversine", "src/geo/distance.ts", "haversineDistance"),
    ("gJ", "src/http/client.ts", "getJson"),
    ("ButtonProps", "src/ui/Button.tsx", "ButtonProps"),
    ("übersetzeText", "src/i18n/labels.ts", "übersetzeText"),
    ("ラベル", "src/i18n/labels.ts", "ラベル"),
    ("ラベル.翻訳する", "src/i18n/labels.ts", "翻訳する"),
)
