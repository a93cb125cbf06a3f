using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Parti.Silo.Http.Security;

/// <summary>Reads <c>Authorization: Bearer KEY</c>.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Callers callers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme.</summary>
    internal new const string Scheme = "ApiKey";

    private const string Bearer = "Bearer ";
    private const int MaxKeyLength = 512;

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? presented = Presented();
        ClaimsIdentity? caller = presented is not null && callers.HasKeys
            ? (presented.Length <= MaxKeyLength ? callers.Find(presented) : null)
            : callers.Anonymous(Context);
        return Task.FromResult(caller is null
            ? AuthenticateResult.NoResult()
            : AuthenticateResult.Success(new(new ClaimsPrincipal(caller), Scheme)));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Refusals.WriteAsync(Context, Presented() is null
            ? Refusals.Unauthorized("missing_api_key", "No API key is given; send it as Authorization: Bearer KEY.")
            : Refusals.Unauthorized("invalid_api_key", "The API key is not known; check it, or have a new one made."));
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Refusals.WriteAsync(Context, new(
        StatusCodes.Status403Forbidden,
        "insufficient_scope",
        $"The API key may not do this; it needs the scope {Scopes.Needed(Request)}."));

    private string? Presented()
    {
        string header = Request.Headers.Authorization.ToString();
        return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && header.Length > Bearer.Length ? header[Bearer.Length..].Trim() : null;
    }
}
