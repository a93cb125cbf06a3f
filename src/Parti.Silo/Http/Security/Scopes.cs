using Microsoft.AspNetCore.Http;

namespace Parti.Silo.Http.Security;

/// <summary>What a caller may do, and what each request needs.</summary>
internal static class Scopes
{
    /// <summary>Type of the claim.</summary>
    internal const string Claim = "scope";

    /// <summary>Make, cancel, retry and delete one's own jobs.</summary>
    internal const string Submit = "submit";

    /// <summary>See one's own jobs, and the cluster.</summary>
    internal const string Read = "read";

    /// <summary>Change the cluster.</summary>
    internal const string Admin = "admin";

    /// <summary>Every scope there is.</summary>
    internal static readonly IReadOnlyList<string> All = [Submit, Read, Admin];

    private static readonly string[] ClusterPaths = ["/api/workers", "/api/pools"];

    /// <summary>Reads a list; null where it is empty or names something else.</summary>
    internal static IReadOnlyList<string>? Parse(string? text)
    {
        string[] scopes = (text ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return scopes.Length > 0 && scopes.All(All.Contains) ? scopes : null;
    }

    /// <summary>
    /// The scope that a request needs, unless its route is open to all. A rule and not a list, so that a route that nobody thought
    /// of needs read where it only looks and submit where it acts.
    /// </summary>
    internal static string Needed(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return Read;
        }

        return Array.Exists(ClusterPaths, path => request.Path.StartsWithSegments(path)) ? Admin : Submit;
    }
}
