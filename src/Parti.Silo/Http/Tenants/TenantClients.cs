using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Security;

namespace Parti.Silo.Http.Tenants;

/// <summary>Gives each request a client that sees its tenant's jobs and no others. Routes use this and never <see cref="IPartiClient"/> itself.</summary>
/// <param name="grains">The cluster.</param>
/// <param name="results">Where stored pictures are read.</param>
/// <param name="time">The clock.</param>
/// <param name="tenants">Whose a request is.</param>
/// <param name="orders">What orders meet.</param>
internal sealed class TenantClients(IGrainFactory grains, IResultReader results, TimeProvider time, ITenantOf tenants, OrderRules orders)
{
    private readonly OrleansPartiClient _cluster = new(grains, results, time, new());

    /// <summary>The client of a request's tenant.</summary>
    public IPartiClient For(HttpContext context)
    {
        string tenant = tenants.Get(context);
        return new MeteredClient(_cluster.For(tenant), tenant, context, orders);
    }

    /// <summary>The picture so far of one of the tenant's images, or what its first tokens show; null while there is nothing to see.</summary>
    public Task<PreviewPicture?> PreviewAsync(HttpContext context, string job, int image, int? tokens, CancellationToken cancellationToken) =>
        _cluster.For(tenants.Get(context)).GetPreviewAsync(job, image, tokens, cancellationToken);

    /// <summary>Where a word drew attention in one of the tenant's images; null where there is no such image.</summary>
    public Task<AttentionAnswer?> AttentionAsync(HttpContext context, string job, int image, string word, CancellationToken cancellationToken) =>
        _cluster.For(tenants.Get(context)).GetAttentionAsync(job, image, word, cancellationToken);
}
