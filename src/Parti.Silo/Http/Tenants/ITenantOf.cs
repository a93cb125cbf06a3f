using Microsoft.AspNetCore.Http;
using Parti.Abstractions;

namespace Parti.Silo.Http.Tenants;

/// <summary>Says whose jobs a request may see and make. The one place where a caller becomes a tenant.</summary>
public interface ITenantOf
{
    /// <summary>The tenant of a request; a valid part of a <see cref="JobKey"/>.</summary>
    string Get(HttpContext context);
}

/// <summary>The tenant is a claim of the authenticated principal; a caller without one is <see cref="JobKey.DefaultTenant"/>.</summary>
internal sealed class ClaimedTenant : ITenantOf
{
    /// <summary>Type of the claim.</summary>
    internal const string Claim = "tenant";

    /// <inheritdoc/>
    public string Get(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true } && context.User.FindFirst(Claim)?.Value is { } tenant && JobKey.IsValidPart(tenant)
            ? tenant
            : JobKey.DefaultTenant;
}
