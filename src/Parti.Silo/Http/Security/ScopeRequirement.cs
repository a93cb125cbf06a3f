using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Parti.Silo.Http.Security;

/// <summary>The caller has the scope that the request needs (<see cref="Scopes.Needed"/>).</summary>
internal sealed class ScopeRequirement : IAuthorizationRequirement;

/// <summary>Decides <see cref="ScopeRequirement"/>.</summary>
internal sealed class ScopeHandler : AuthorizationHandler<ScopeRequirement>
{
    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        if (context.Resource is HttpContext http && context.User.HasClaim(Scopes.Claim, Scopes.Needed(http.Request)))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
