using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http.Security;

/// <summary>The keys there are, and the callers they make.</summary>
internal sealed class Callers
{
    /// <summary>Type of the claim that names the key.</summary>
    internal const string KeyClaim = "key";

    private readonly (byte[] Hash, ApiKeyOptions Options)[] _keys;
    private readonly HttpSecurityOptions _options;

    /// <summary>Takes the keys from the configuration.</summary>
    public Callers(IOptions<HttpSecurityOptions> options)
    {
        _options = options.Value;
        _keys = [.. _options.ApiKeys.Select(key => (Convert.FromHexString(key.Sha256), key))];
    }

    /// <summary>Whether there are keys at all; without any, whatever a caller sends as one is ignored.</summary>
    internal bool HasKeys => _keys.Length > 0;

    /// <summary>The caller with a key, or null where nobody has it. Takes as long for every key.</summary>
    internal ClaimsIdentity? Find(string presented)
    {
        byte[] hash = ApiKey.HashBytes(presented);
        ApiKeyOptions? found = null;
        foreach ((byte[] known, ApiKeyOptions options) in _keys)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, known) ? options : found;
        }

        return found is null ? null : Identity(NameOf(found), found.Tenant, Scopes.Parse(found.Scopes)!);
    }

    /// <summary>The caller without a key, or null where one is needed. The cluster may be changed without a key from this machine only.</summary>
    internal ClaimsIdentity? Anonymous(HttpContext context)
    {
        if (HasKeys && !_options.AllowAnonymous)
        {
            return null;
        }

        bool trusted = !HasKeys && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
        return Identity(null, JobKey.DefaultTenant, trusted ? Scopes.All : [Scopes.Submit, Scopes.Read]);
    }

    /// <summary>Who a request's limits are counted for, and what they are.</summary>
    internal (string Name, CallerLimits Limits) LimitsOf(HttpContext context)
    {
        if (context.User.FindFirst(KeyClaim)?.Value is not { } name)
        {
            return ($"address {context.Connection.RemoteIpAddress}", _options.Limits);
        }

        ApiKeyOptions? key = Array.Find(_keys, key => NameOf(key.Options) == name).Options;
        return ($"key {name}", key?.Limits ?? _options.Limits);
    }

    private static string NameOf(ApiKeyOptions key) => key.Name ?? key.Sha256[..12].ToLowerInvariant();

    private static ClaimsIdentity Identity(string? key, string tenant, IReadOnlyList<string> scopes)
    {
        List<Claim> claims = [new(ClaimedTenant.Claim, tenant), .. scopes.Select(scope => new Claim(Scopes.Claim, scope))];
        if (key is not null)
        {
            claims.Add(new(KeyClaim, key));
        }

        return new(claims, ApiKeyHandler.Scheme);
    }
}
