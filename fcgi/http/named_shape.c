/* The shapes of bodies and responses that have names. */

#include <string.h>

#include "fcgi/http/body_field.h"
#include "fcgi/http/named_shape.h"
#include "fcgi/http/resource.h"
#include "lib/base/arena.h"
#include "lib/format/shape.h"

static const struct {
	const char *name, *text;
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

const char *
named_shape(unsigned n, const char **text)
{
	if (n >= sizeof named / sizeof named[0])
		return NULL;
	*text = named[n].text;
	return named[n].name;
}

/* Where names are looked up. */
struct names {
	struct arena *arena;
	const struct resource *const *resources;
};

/* Finds the shape with this name among the fields of the resources. */
static struct shape *
find_column(const struct resource *const *r, const char *name)
{
	const struct column *c;

	for (; *r != NULL; r++)
		for (c = (*r)->columns; c->name != NULL; c++)
			if (c->shape_name != NULL && c->shape != NULL &&
			    strcmp(c->shape_name, name) == 0)
				return c->shape;
	return NULL;
}

static struct shape *
find(const void *of, const char *name)
{
	const struct names *names = of;
	size_t i;

	for (i = 0; i < sizeof named / sizeof named[0]; i++)
		if (strcmp(named[i].name, name) == 0)
			return shape_parse(names->arena, named[i].text,
			    BODY_TEXT_MAX, find, names);
	return find_column(names->resources, name);
}

struct shape *
named_shape_parse(
    struct arena *a, const struct resource *const *resources, const char *text)
{
	const struct names names = { a, resources };

	return shape_parse(a, text, BODY_TEXT_MAX, find, &names);
}
