using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;

namespace Parti.Silo.Http.Tenants;

/// <summary>Gives each request a client that sees its tenant's jobs and no others. Routes use this and never <see cref="IPartiClient"/> itself.</summary>
/// <param name="grains">The cluster.</param>
/// <param name="results">Where stored pictures are read.</param>
/// <param name="time">The clock.</param>
/// <param name="tenants">Whose a request is.</param>
public sealed class TenantClients(IGrainFactory grains, IResultReader results, TimeProvider time, ITenantOf tenants)
{
    /// <summary>The client of a request's tenant.</summary>
    public IPartiClient For(HttpContext context) =>
        new OrleansPartiClient(grains, results, time, new() { Tenant = tenants.Get(context) });
}
