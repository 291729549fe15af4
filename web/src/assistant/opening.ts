// Whether the panel is open, and the question with which it was opened.
import { useSyncExternalStore } from 'react';

interface Opening {
	open: boolean;
	question: string;
}

let now: Opening = { open: false, question: '' };
const listeners = new Set<() => void>();

function become(next: Opening): void {
	now = next;
	for (const listener of listeners) listener();
}

export const openAssistant = (question = '') => become({ open: true, question });
export const closeAssistant = () => become({ open: false, question: '' });
export const toggleAssistant = () => (now.open ? closeAssistant() : openAssistant());

/** Returns the question and removes it, so that it is asked only once. */
export function takeQuestion(): string {
	const { question } = now;
	if (question) become({ ...now, question: '' });
	return question;
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

export const useOpening = (): Opening => useSyncExternalStore(subscribe, () => now);
