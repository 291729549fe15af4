// Renders Markdown with emphasis, lists and tables. A stranger may have written the text, so HTML is shown as text, a
// picture as its alternative text, and a link with its host.
import { Fragment, useMemo, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { marked, type MarkedToken, type Token, type Tokens } from 'marked';
import { safeLink } from './link';

const all = (tokens: Token[] = []): ReactNode =>
	tokens.map((token, i) => <Fragment key={i}>{one(token as MarkedToken)}</Fragment>);

function follow({ href, text, tokens }: Tokens.Link): ReactNode {
	const address = /^(https?|mailto|tel):/i.test(href) ? safeLink(href) : undefined;
	if (!address) return all(tokens);
	const { host } = new URL(address);
	return (
		<>
			<Link href={address} target="_blank" rel="noopener noreferrer" underline="always">
				{all(tokens)}
			</Link>
			{host && text !== href && ` (${host})`}
		</>
	);
}

function one(token: MarkedToken): ReactNode {
	switch (token.type) {
		case 'paragraph':
			return <p>{all(token.tokens)}</p>;
		case 'heading':
			return <h3>{all(token.tokens)}</h3>;
		case 'blockquote':
			return <blockquote>{all(token.tokens)}</blockquote>;
		case 'code':
			return <pre tabIndex={0}>{token.text}</pre>;
		case 'list': {
			const List = token.ordered ? 'ol' : 'ul';
			return (
				<List {...(token.ordered && { start: Number(token.start) })}>
					{token.items.map((item, i) => (
						<li key={i}>{all(item.tokens)}</li>
					))}
				</List>
			);
		}
		case 'table':
			return (
				<Box sx={{ overflowX: 'auto' }} tabIndex={0}>
					<table>
						<thead>
							<tr>
								{token.header.map((cell, i) => (
									<th key={i}>{all(cell.tokens)}</th>
								))}
							</tr>
						</thead>
						<tbody>
							{token.rows.map((row, i) => (
								<tr key={i}>
									{row.map((cell, j) => (
										<td key={j}>{all(cell.tokens)}</td>
									))}
								</tr>
							))}
						</tbody>
					</table>
				</Box>
			);
		case 'strong':
			return <strong>{all(token.tokens)}</strong>;
		case 'em':
			return <em>{all(token.tokens)}</em>;
		case 'del':
			return <del>{all(token.tokens)}</del>;
		case 'codespan':
			return <code>{token.text}</code>;
		case 'br':
			return <br />;
		case 'link':
			return follow(token);
		case 'image':
			return token.text;
		case 'text':
			return 'tokens' in token && token.tokens ? all(token.tokens) : token.text;
		case 'hr':
		case 'space':
		case 'def':
		case 'checkbox':
			return null;
		default:
			return 'text' in token ? String(token.text) : null;
	}
}

export function Markdown({ text }: { text: string }) {
	const tokens = useMemo(() => marked.lexer(text, { gfm: true, breaks: true }), [text]);
	return (
		<Box
			sx={{
				overflowWrap: 'anywhere',
				lineHeight: 1.55,
				'& > :first-of-type': { mt: 0 },
				'& > :last-child': { mb: 0 },
				'& p, & ul, & ol, & pre, & table, & blockquote': { my: 1 },
				'& ul, & ol': { pl: 3 },
				'& ul': { listStyleType: 'disc' },
				'& li > p': { my: 0.25 },
				'& h3': { fontSize: '1rem', mt: 1.5, mb: 0.5 },
				'& pre, & code': {
					fontFamily: 'monospace',
					fontSize: '0.875em',
					bgcolor: 'action.hover',
					borderRadius: 0.5,
				},
				'& code': { px: 0.5 },
				'& pre': { p: 1, overflowX: 'auto' },
				'& blockquote': { mx: 0, pl: 1.5, borderLeft: 3, borderColor: 'divider', color: 'text.secondary' },
				'& table': { borderCollapse: 'collapse', fontSize: '0.9375em' },
				'& th, & td': { border: 1, borderColor: 'divider', px: 1, py: 0.5, textAlign: 'left' },
			}}
		>
			{all(tokens)}
		</Box>
	);
}
