/* Response shapes in the OpenAPI document. */

#include <string.h>

#include "handlers/operations/member.h"
#include "handlers/operations/shape.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

#define NAME_CHARACTERS                                                        \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
#define TYPE_CHARACTERS NAME_CHARACTERS "."

/* The shape that is being read. */
struct shape {
	const char *at;
	const char *resource; /* stands for "@"; may be NULL */
	const char *context;  /* the object being read, see member_put() */
};

static const struct {
	const char *name, *shape;
} named[] = {
	{ "Problem",
	    "{type:string,title:string,status:integer,detail?:string,"
	    "message:string,code?:string,arguments?:[string],errors?:"
	    "{*:string},faults?:[{path:string,code:string,arguments:[string]}],"
	    "permission?:string,current?:object,instance?:string}" },
	{ "AuthError", "{message:string,code?:string}" },
	{ "User",
	    "{name:string,email:string,emailVerified:boolean,image:string?,"
	    "createdAt:time,updatedAt:time,role:string?,banned:boolean?,"
	    "banReason:string?,banExpires:time?,twoFactorEnabled:boolean?,"
	    "id:string}" },
	{ "Session",
	    "{token:string,expiresAt:time,createdAt:time,updatedAt:time,"
	    "ipAddress:string,userAgent:string,userId:string,"
	    "activeOrganizationId:string?,impersonatedBy:string?,id:string,"
	    "activeTeamId?:string?}" },
	{ "SignedIn", "{token:string?,user:User?}" },
	{ "SecondFactor",
	    "{twoFactorRedirect:boolean,twoFactorMethods:[string]}" },
	{ "SessionOfUser",
	    "{session:Session,user:User,needsRefresh?:boolean}" },
	{ "Status", "{status:boolean,message?:string}" },
	{ "Success", "{success:boolean,message?:string}" },
	{ "Permission", "{error:string?,success:boolean}" },
	{ "Organization",
	    "{name:string,slug:string,logo:string?,createdAt:time,"
	    "metadata?:string|object?,id:string}" },
	{ "Member",
	    "{organizationId:string,userId:string,role:string,createdAt:time,"
	    "id:string,user?:{id:string,name:string,email:string,"
	    "image:string?}}" },
	{ "Invitation",
	    "{organizationId:string,email:string?,role:string,status:string,"
	    "expiresAt:time,createdAt:time,inviterId:string?,id:string,"
	    "url?:string,organizationName?:string,organizationSlug?:string,"
	    "inviterEmail?:string,teamId?:string?}" },
	{ "FullOrganization",
	    "{name:string,slug:string,logo:string?,createdAt:time,"
	    "metadata?:string|object?,id:string,invitations?:[Invitation],"
	    "members?:[Member],teams?:[Team]}" },
	{ "Team",
	    "{name:string,organizationId:string,createdAt:time,updatedAt:time,"
	    "parentId:string?,id:string}" },
	{ "TeamMember",
	    "{teamId:string,userId:string,createdAt:time,id:string}" },
	{ "Role",
	    "{organizationId:string,role:string,permission:{*:[string]},"
	    "createdAt:time,updatedAt:time?,id:string}" },
	{ "ApiKey",
	    "{id:string,configId:string,name:string?,start:string?,"
	    "prefix:string?,referenceId:string,organizationId:string,"
	    "refillInterval:integer?,refillAmount:integer?,lastRefillAt:time?,"
	    "enabled:boolean,rateLimitEnabled:boolean,"
	    "rateLimitTimeWindow:integer?,rateLimitMax:integer?,"
	    "requestCount:integer,remaining:integer?,lastRequest:time?,"
	    "expiresAt:time?,createdAt:time,updatedAt:time,permissions:{*:["
	    "string]}?,"
	    "metadata:object?,key?:string,addresses?:[string],"
	    "previousUntil?:time,publishable?:boolean,logBodies?:boolean}" },
	{ "ServiceAccount",
	    "{id:integer,user_id:string,name:string,role:string,disabled:"
	    "boolean,created_at:time,updated_at:time,keys:integer,last_request:"
	    "time?}" },
	{ "Form",
	    "{id:string,name:string,key:string,enabled:boolean,origins:[string]"
	    ",fields:[string],required:[string],consent:string?,confirm:"
	    "boolean,duplicates:string,tags:[integer],language:string,"
	    "created_at:time,updated_at:time,last_request:time?}" },
	{ "Passkey",
	    "{name:string?,publicKey:string,userId:string,credentialID:string,"
	    "counter:integer,deviceType:string,backedUp:boolean,"
	    "transports:string?,createdAt:time,aaguid:string?,id:string,"
	    "session?:Session,user?:User}" },
	{ "Address", "{url:string,redirect:boolean}" },
	{ "Health", "{status:string,schema?:integer,generation?:string}" },
	{ "Invite",
	    "{id:string,organization_id:string,email:string?,role:string,"
	    "expires_at:time,created_at:time,updated_at:time,sales_id?:integer?"
	    ","
	    "token?:string,url?:string}" },
	{ "CalendarFeed",
	    "{id:string,name:string?,view:string,tasks:string,"
	    "created_at:time,updated_at:time,last_used_at:time?,url?:string}" },
	{ "MessageChannel",
	    "{id:string,name:string?,signed:boolean,channel:string,"
	    "created_at:time,updated_at:time,last_used_at:time?,url?:string,"
	    "signing_secret?:string}" },
	{ "Mail",
	    "{id:integer,created_at:time,template:string,recipient:string,"
	    "language:string,status:string,attempts:integer,due_at:time?,"
	    "ended_at:time?,error:string?,kept:boolean}" },
	{ "Suspension",
	    "{id:string,slug:string,name:string,suspended:boolean}" },
	{ "DryRun",
	    "{error:string?,code:string?,arguments:[string]?,event:boolean,"
	    "effect:object?,matches:boolean,conditions:[boolean]}" },
	{ "DealStage",
	    "{stage:string,was:string?,at:time,sales_id:integer?,"
	    "name:string?}" },
	{ "OpportunityForecast",
	    "{month:string?,pipeline_id:integer?,sales_id:integer?,"
	    "currency:string,open:integer,amount:number,"
	    "weighted_amount:number,committed_amount:number,won:integer,"
	    "won_amount:number}" },
	{ "OpportunityOutcome",
	    "{outcome:string,reason:string?,pipeline_id:integer?,"
	    "sales_id:integer?,currency:string,count:integer,amount:number,"
	    "days:integer}" },
	{ "WeeklyMail",
	    "{enabled:boolean,language:string?,next_at:time?,"
	    "email_verified:boolean}" },
	{ "CommissionStatement",
	    "{lines:[{opportunity_id:integer,name:string,closed_on:string,"
	    "principal_id:integer,principal_name:string?,"
	    "distributor_id:integer?,distributor_name:string?,"
	    "currency:string,terms_id:integer?,territory:string?,"
	    "commission_rate:number?,base:integer,commission:integer?,"
	    "reason:string?}],totals:[{principal_id:integer,"
	    "principal_name:string?,distributor_id:integer?,"
	    "distributor_name:string?,currency:string,count:integer,"
	    "without_terms:integer,base:integer,commission:integer}]}" },
	{ "HistoryEntry",
	    "{id:integer,at:time,action:'insert'|'update'|'delete'|'restore',"
	    "sales_id:integer?,name:string?,"
	    "changes:{*:{old?:any,new?:any}}}" },
	{ "Entered",
	    "{first_name?:string?,last_name?:string?,tier?:string?,"
	    "phone?:string?,line1?:string?,line2?:string?,postal_code?:string?,"
	    "city?:string?,region?:string?,country?:string?}" },
	{ "PasskeyDescriptor", "{id:string,type:string,transports?:[string]}" },
	{ "Proposal",
	    "{id:integer,tool:string,arguments:object,expires_at:time}" },
	{ "ValueProblem",
	    "{field:string?,code:string?,arguments:[string]?,text:string}" },
	{ "Recomputed", "{days:integer,changed:integer}" },
	{ "KeySet", "{set:boolean}" },
};

static void put_shape(struct buf *, struct shape *);

static void
put_reference(struct buf *b, const char *prefix, const char *name, size_t len)
{
	buf_printf(b, "{\"$ref\":\"#/components/schemas/%s%.*s\"}", prefix,
	    (int)len, name);
}

static void
put_word(struct buf *b, struct shape *s)
{
	static const char *const words[][2] = {
		{ "string", "{\"type\":\"string\"}" },
		{ "integer", "{\"type\":\"integer\",\"format\":\"int64\"}" },
		{ "number", "{\"type\":\"number\"}" },
		{ "boolean", "{\"type\":\"boolean\"}" },
		{ "time", "{\"type\":\"string\",\"format\":\"date-time\"}" },
		{ "date", "{\"type\":\"string\",\"format\":\"date\"}" },
		{ "object",
		    "{\"type\":\"object\",\"additionalProperties\":{}}" },
		{ "file", "{\"type\":\"string\",\"format\":\"binary\"}" },
		{ "any", "{}" },
	};
	size_t len = strspn(s->at, TYPE_CHARACTERS), i;
	const char *name = s->at;

	if (len == 0)
		fatal("shape: a type is missing before \"%s\"", s->at);
	s->at += len;
	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i][0]) == len &&
		    strncmp(name, words[i][0], len) == 0) {
			buf_puts(b, words[i][1]);
			return;
		}
	put_reference(b, "", name, len);
}

/* Reads one of these characters, which must come next. */
static char
take(struct shape *s, const char *any)
{
	if (*s->at == '\0' || strchr(any, *s->at) == NULL)
		fatal("shape: one of %s is missing before \"%s\"", any, s->at);
	return *s->at++;
}

static void
put_members(struct buf *b, struct shape *s)
{
	const char *context = s->context, *name;
	struct buf required, schema;
	int len;

	buf_init(&required, b->arena);
	buf_puts(b, "{\"type\":\"object\",\"properties\":{");
	do {
		name = s->at;
		len = (int)strspn(name, NAME_CHARACTERS);
		s->at += len;
		if (*s->at == '?')
			++s->at;
		else
			buf_printf(&required, "%s\"%.*s\"",
			    required.len > 0 ? "," : "", len, name);
		take(s, ":");
		buf_init(&schema, b->arena);
		s->context =
		    arena_printf(b->arena, "%s.%.*s", context, len, name);
		put_shape(&schema, s);
		s->context = context;
		member_put(b, context, name, len, schema.data);
	} while (take(s, ",}") == ',');
	buf_puts(b, "}");
	if (required.len > 0)
		buf_printf(b, ",\"required\":[%s]", required.data);
	buf_puts(b, "}");
}

static void
put_one(struct buf *b, struct shape *s)
{
	size_t len;

	if (strncmp(s->at, "{*:", 3) == 0) {
		s->at += 3;
		buf_puts(b, "{\"type\":\"object\",\"additionalProperties\":");
		put_shape(b, s);
		take(s, "}");
		buf_puts(b, "}");
	} else if (*s->at == '{') {
		++s->at;
		put_members(b, s);
	} else if (*s->at == '[') {
		++s->at;
		buf_puts(b, "{\"type\":\"array\",\"items\":");
		put_shape(b, s);
		take(s, "]");
		buf_puts(b, "}");
	} else if (*s->at == '\'') {
		len = strcspn(++s->at, "'");
		buf_printf(b, "{\"const\":\"%.*s\"}", (int)len, s->at);
		s->at += len;
		take(s, "'");
	} else if (*s->at == '@') {
		len = strspn(++s->at, TYPE_CHARACTERS);
		put_reference(b, s->resource, s->at, len);
		s->at += len;
	} else {
		put_word(b, s);
	}
}

static void
put_shape(struct buf *b, struct shape *s)
{
	struct buf all;

	buf_init(&all, b->arena);
	put_one(&all, s);
	if (*s->at != '|' && *s->at != '?') {
		buf_puts(b, all.data);
		return;
	}
	while (*s->at == '|') {
		++s->at;
		buf_puts(&all, ",");
		put_one(&all, s);
	}
	if (*s->at == '?') {
		++s->at;
		buf_puts(&all, ",{\"type\":\"null\"}");
	}
	buf_printf(b, "{\"oneOf\":[%s]}", all.data);
}

void
shape_put(
    struct buf *b, const char *shape, const char *resource, const char *context)
{
	struct shape s = { shape, resource, context };

	put_shape(b, &s);
	if (*s.at != '\0')
		fatal("shape: what is \"%s\"?", s.at);
}

bool
shape_put_member(struct buf *b, const char *shape, const char *member,
    const char *resource, const char *context)
{
	size_t len = strlen(member), name;
	struct shape s = { shape, resource,
		arena_printf(b->arena, "%s.%s", context, member) };
	struct buf schema;

	if (shape == NULL || *shape != '{')
		return false;
	do {
		s.at++;
		shape = s.at;
		name = strspn(s.at, NAME_CHARACTERS ".");
		s.at += name;
		take(&s, ":");
		buf_init(&schema, b->arena);
		put_shape(&schema, &s);
		if (name == len && strncmp(shape, member, len) == 0) {
			buf_puts(b, schema.data);
			return true;
		}
	} while (*s.at == ',');
	take(&s, "}");
	return false;
}

void
shape_put_named(struct buf *b)
{
	size_t i;

	for (i = 0; i < sizeof named / sizeof named[0]; i++) {
		buf_printf(b, "%s\"%s\":", i > 0 ? "," : "", named[i].name);
		shape_put(b, named[i].shape, NULL, named[i].name);
	}
}
