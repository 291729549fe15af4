// The conversation, which is stored only in this page.
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { HttpError } from 'ra-core';
import { converse } from '../data/http';
import { words } from '../i18n/refusals';

export interface Source {
	resource: string;
	id: number;
	title: string;
	snippet?: string;
}

export interface Proposal {
	id: number;
	tool: string;
	arguments: { text?: string; contact_id?: number; deal_id?: number; due_date?: string; type?: string };
}

export interface Turn {
	question: string;
	answer: string;
	sources: Source[];
	tools: string[];
	proposals: Proposal[];
	state: 'going' | 'done' | 'stopped' | 'failed';
	error?: HttpError;
}

const TURNS = 20; // maximum number of earlier turns that are sent to the model
const ANSWER = 8000; // maximum number of characters of each answer that are sent

type Told = { event: string; data: any };
type Step =
	{ ask: string } | { again: true } | { told: Told } | { failed: HttpError } | { stopped: true } | { forget: true };

const begun = (question: string): Turn => ({
	question,
	answer: '',
	sources: [],
	tools: [],
	proposals: [],
	state: 'going',
});

function heard(turn: Turn, { event, data }: Told): Turn {
	switch (event) {
		case 'sources':
			return { ...turn, sources: data };
		case 'delta':
			return { ...turn, answer: turn.answer + data.content };
		case 'tool':
			return { ...turn, tools: [...turn.tools, data.name] };
		case 'proposal':
			return { ...turn, proposals: [...turn.proposals, data] };
		case 'done':
			return { ...turn, state: 'done' };
		case 'error':
			return { ...turn, state: 'failed', error: new HttpError(words(data.status, data), data.status, data) };
		default:
			return turn;
	}
}

function reduce(turns: Turn[], step: Step): Turn[] {
	if ('forget' in step) return [];
	if ('ask' in step) return [...turns, begun(step.ask)];
	const last = turns.at(-1);
	if (!last) return turns;
	const before = turns.slice(0, -1);
	if ('again' in step) return [...before, begun(last.question)];
	if (last.state !== 'going') return turns;
	if ('told' in step) return [...before, heard(last, step.told)];
	return [
		...before,
		'failed' in step ? { ...last, state: 'failed', error: step.failed } : { ...last, state: 'stopped' },
	];
}

const messages = (turns: Turn[], question: string) => [
	...turns
		.filter(({ answer }) => answer !== '')
		.slice(-TURNS)
		.flatMap((turn) => [
			{ role: 'user', content: turn.question },
			{ role: 'assistant', content: turn.answer.slice(0, ANSWER) },
		]),
	{ role: 'user', content: question },
];

export function useConversation() {
	const [turns, step] = useReducer(reduce, []);
	const going = useRef<AbortController>(undefined);
	useEffect(() => () => going.current?.abort(), []);

	const hear = useCallback(async (before: Turn[], question: string) => {
		const control = new AbortController();
		going.current?.abort();
		going.current = control;
		const mine = (one: Step) => going.current === control && step(one);
		try {
			for await (const told of converse(
				'/api/assistant/chat',
				{ messages: messages(before, question), allow_writes: true },
				control.signal,
			))
				mine({ told });
			mine({ failed: new HttpError(words(0), 0) }); // the stream ended without reporting its end
		} catch (error) {
			mine(control.signal.aborted ? { stopped: true } : { failed: error as HttpError });
		}
	}, []);
	return {
		turns,
		going: turns.at(-1)?.state === 'going',
		ask: (question: string) => {
			step({ ask: question });
			void hear(turns, question);
		},
		/** Asks the last question again. */
		again: () => {
			step({ again: true });
			void hear(turns.slice(0, -1), turns.at(-1)!.question);
		},
		stop: () => going.current?.abort(),
		forget: () => {
			going.current?.abort();
			going.current = undefined;
			step({ forget: true });
		},
	};
}
