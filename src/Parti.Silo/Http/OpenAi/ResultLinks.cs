using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Reference;
using Parti.Silo.Http.Security;

namespace Parti.Silo.Http.OpenAi;

/// <summary>
/// Links to pictures that anyone who has one may follow for a while, without a key, as OpenAI's. Each is signed with a secret
/// of the server, so that nobody can make one.
/// </summary>
internal sealed class ResultLinks
{
    /// <summary>Below this path.</summary>
    internal const string Path = OpenAiError.Path + "/images/results";

    private readonly IGrainFactory _grains;
    private readonly IResultReader _results;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lifetime;
    private readonly byte[] _key;

    /// <summary>Takes the secret from the settings, or draws one.</summary>
    public ResultLinks(IGrainFactory grains, IResultReader results, TimeProvider time, IOptions<HttpSecurityOptions> options)
    {
        (_grains, _results, _time, _lifetime) = (grains, results, time, options.Value.LinkLifetime);
        _key = options.Value.LinkKey is { } given ? Convert.FromBase64String(given) : RandomNumberGenerator.GetBytes(32);
    }

    /// <summary>Maps the route that links lead to.</summary>
    /// <param name="v1">The group <c>/v1</c>.</param>
    internal void Map(RouteGroupBuilder v1) => v1
        .MapMethods("/images/results/{tenant}/{job}/{image:int}", [HttpMethods.Get, HttpMethods.Head], GetAsync)
        .AllowAnonymous()
        .WithTags("OpenAI")
        .Produces<byte[]>(contentType: "image/png").Produces<ErrorBody>(403).Produces<ErrorBody>(404)
        .TakesQuery("expires", "As in the link.").TakesQuery("signature", "As in the link.")
        .WithSummary("A picture, by a signed link from an answer with response_format url.");

    /// <summary>A link to one image of a job.</summary>
    internal string For(HttpRequest request, JobSnapshot job, int image)
    {
        long expires = (_time.GetUtcNow() + _lifetime).ToUnixTimeSeconds();
        string path = string.Create(CultureInfo.InvariantCulture, $"{Path}/{job.Tenant}/{job.Id}/{image}");
        QueryString query = new(string.Create(CultureInfo.InvariantCulture, $"?expires={expires}&signature={Sign(job.Tenant, job.Id, image, expires)}"));
        return UriHelper.BuildAbsolute(request.Scheme, request.Host, request.PathBase, path, query);
    }

    private async Task<IResult> GetAsync(HttpContext context, string tenant, string job, int image)
    {
        if (!IsSigned(context.Request.Query, tenant, job, image))
        {
            return new OpenAiError(StatusCodes.Status403Forbidden, "invalid_link", "The link is not valid, or not any more; ask for the pictures again.");
        }

        OrleansPartiClient client = new(_grains, _results, _time, new() { Tenant = tenant });
        JobHandle handle = client.GetJob(job);
        JobSnapshot snapshot = await handle.DescribeAsync(context.RequestAborted);
        context.Response.Headers.CacheControl = "private, max-age=3600, immutable";
        return await handle.ReadImageAsync(image, context.RequestAborted) is { } bytes
            ? Results.Bytes(bytes, snapshot.Parameters.OutputFormat.ContentType(), enableRangeProcessing: true)
            : new OpenAiError(StatusCodes.Status404NotFound, "image_missing", "The picture is gone; ask for it again.");
    }

    private bool IsSigned(IQueryCollection query, string tenant, string job, int image)
    {
        if (!long.TryParse(query["expires"], NumberStyles.None, CultureInfo.InvariantCulture, out long expires) || expires < _time.GetUtcNow().ToUnixTimeSeconds())
        {
            return false;
        }

        byte[] expected = Encoding.ASCII.GetBytes(Sign(tenant, job, image, expires));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(query["signature"].ToString()));
    }

    private string Sign(string tenant, string job, int image, long expires) => Convert.ToHexStringLower(HMACSHA256.HashData(
        _key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{tenant}/{job}/{image}?{expires}"))));
}
