using Microsoft.AspNetCore.Http;
using Parti.Abstractions;

namespace Parti.Silo.Http.Security;

/// <summary>What every answer carries: a name to find it by in a log, and what a browser may not do with it.</summary>
/// <param name="next">The rest of the pipeline.</param>
/// <param name="time">The clock.</param>
internal sealed class SecurityHeaders(RequestDelegate next, TimeProvider time)
{
    /// <summary>The header that names a request.</summary>
    internal const string RequestId = "x-request-id";

    // Pages of libraries bring a few lines of script of their own; nothing else may be loaded from anywhere.
    private const string PagePolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'";

    private const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>Passes a request on.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        string id = $"req_{JobKey.NewId(time)}";

        // With the answer's first byte: whoever handles a failure begins a new answer, which must carry them too.
        context.Response.OnStarting(() =>
        {
            Add(context, id);
            return Task.CompletedTask;
        });
        return next(context);
    }

    private static void Add(HttpContext context, string id)
    {
        bool isData = context.Request.Path.StartsWithSegments("/v1") || context.Request.Path.StartsWithSegments("/api");
        IHeaderDictionary headers = context.Response.Headers;
        headers[RequestId] = id;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = isData ? DataPolicy : PagePolicy;
        if (isData)
        {
            headers.TryAdd("Cache-Control", "no-store");
        }
    }
}
