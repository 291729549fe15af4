// Shortens the types that openapi-typescript generates, without making them less exact: a module has a tenth of the
// lines.
import ts from 'typescript';

const { factory, SyntaxKind } = ts;
const printer = ts.createPrinter({ removeComments: true });
const file = ts.createSourceFile('schema.ts', '', ts.ScriptTarget.ES2022);
const text = (node) => printer.printNode(ts.EmitHint.Unspecified, node, file);
const nameOf = ({ name }) => name?.text;

// The client throws refusals, so only their common type remains. Nothing reads the types of response headers.
export function withoutRefusals(document) {
	for (const operation of Object.values(document.paths).flatMap(Object.values))
		for (const [status, response] of Object.entries(operation.responses))
			if (/^[45]/.test(status))
				delete operation.responses[status];
			else
				delete response.headers;
	for (const name of Object.keys(document.components.responses))
		if (/\d$/.test(name))
			delete document.components.responses[name];
	return document;
}

const refs = (part) => [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);

// Removes the schemas that no operation and no webhook uses. A document of one module has those of all fields.
export function withoutUnused(document) {
	const { schemas } = document.components, used = new Set(refs({ ...document, components: { responses: document.components.responses } }));
	for (const name of used)	// also visits the names that are added meanwhile
		refs(schemas[name]).forEach((inner) => used.add(inner));
	for (const name of Object.keys(schemas))
		if (!used.has(name))
			delete schemas[name];
	return document;
}

const isNever = (member) => member.questionToken && member.type?.kind === SyntaxKind.NeverKeyword;
const isHeaders = (member) => member.name && nameOf(member) === 'headers' && member.type.members?.every(ts.isIndexSignatureDeclaration);

// Removes the members of an operation that say nothing, and prints each object on one line.
function shorten(node) {
	if (!ts.isTypeLiteralNode(node))
		return ts.visitEachChild(node, shorten, undefined);
	const members = node.members.filter((member) => !isNever(member) && !isHeaders(member))
		.map((member) => ts.setSyntheticLeadingComments(ts.visitEachChild(member, shorten, undefined), undefined))
		.filter((member) => !(nameOf(member) === 'parameters' && member.type.members?.length === 0));
	return ts.setEmitFlags(factory.createTypeLiteralNode(members), ts.EmitFlags.SingleLine);
}

// Returns the members of a filter by their types: { [K in 'id@gt' | 'id@lt']?: number }.
function grouped(literal) {
	const groups = new Map();
	for (const { name, type } of literal.members) {
		const key = text(type);
		groups.set(key, { type, names: [...groups.get(key)?.names ?? [], factory.createLiteralTypeNode(factory.createStringLiteral(name.text))] });
	}
	return factory.createIntersectionTypeNode([...groups.values()].map(({ type, names }) => factory.createMappedTypeNode(undefined,
		factory.createTypeParameterDeclaration(undefined, 'K', factory.createUnionTypeNode(names)), undefined, factory.createToken(SyntaxKind.QuestionToken), type, undefined)));
}

const withType = (member, type) => factory.updatePropertySignature(member, member.modifiers, member.name, member.questionToken, type);
const withMembers = (node, members) => factory.updateInterfaceDeclaration(node, node.modifiers, node.name, node.typeParameters, node.heritageClauses, members);

// Returns the types of the operations, and a map from the name of each operation to the first one with the same type.
function operationsOf(node) {
	const first = new Map(), names = new Map();
	for (const member of node.members) {
		const short = withType(member, shorten(member.type)), key = text(short.type);
		if (!first.has(key))
			first.set(key, ts.setSyntheticLeadingComments(short, undefined));
		names.set(nameOf(member), nameOf(first.get(key)));
	}
	return [withMembers(node, [...first.values()]), names];
}

const indexed = (type, name) => factory.createIndexedAccessTypeNode(factory.createTypeReferenceNode(type), factory.createLiteralTypeNode(factory.createStringLiteral(name)));

// Replaces operations that have the same type as another one.
const renamed = (names) => function rename(node) {
	return ts.isIndexedAccessTypeNode(node) && text(node.objectType) === 'operations'
		? indexed('operations', names.get(node.indexType.literal.text)) : ts.visitEachChild(node, rename, undefined);
};

// The paths keep the comment of each operation.
function pathsOf(node, names) {
	const rename = renamed(names);
	const first = new Map();
	return withMembers(node, node.members.map((member) => {
		const members = member.type.members.filter((inner) => !isNever(inner) && nameOf(inner) !== 'parameters')
			.map((inner) => withType(inner, rename(inner.type)));
		const literal = factory.createTypeLiteralNode(members), key = text(literal);
		if (first.has(key))	// an old path of the same routes
			return withType(member, indexed('paths', first.get(key)));
		first.set(key, nameOf(member));
		return withType(member, literal);
	}));
}

// Keeps only the description of a comment, on one line: the type says the rest.
function describe(node) {
	for (const comment of ts.getSyntheticLeadingComments(node) ?? []) {
		const about = comment.text.replace(/\n\s*\*?/g, ' ').split(/(?:^|\s)@(?=\w+\s)/).find((part) => /^\*?\s*description\s/.test(part));
		ts.setSyntheticLeadingComments(node, about && [{ ...comment, text: `* ${about.replace(/^\*?\s*description\s+/, '').trim()} ` }]);
	}
	return ts.visitEachChild(node, describe, undefined);
}

function componentsOf(node) {
	return withMembers(node, node.members.map((part) => nameOf(part) !== 'schemas' ? withType(part, ts.visitNode(part.type, shorten))
		: withType(part, factory.createTypeLiteralNode(part.type.members.map((member) => nameOf(member).endsWith('.filter') && ts.isTypeLiteralNode(member.type)
			? withType(member, grouped(member.type)) : nameOf(member).endsWith('.sort') ? withType(member, ts.setEmitFlags(member.type, ts.EmitFlags.SingleLine)) : describe(member))))));
}

export function compact(nodes) {
	const node = (name) => nodes.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
	const [operations, names] = node('operations') ? operationsOf(node('operations')) : [undefined, new Map()];
	const changed = { operations, paths: pathsOf(node('paths'), names), components: componentsOf(node('components')),
		webhooks: node('webhooks') && renamed(names)(node('webhooks')) };
	return nodes.map((one) => changed[one.name?.text] ?? one);
}
