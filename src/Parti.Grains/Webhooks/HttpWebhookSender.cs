using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Parti.Abstractions;

namespace Parti.Grains.Webhooks;

/// <summary>
/// Sends signed messages (Standard Webhooks). The address that was looked up and found public is the one that is connected to,
/// and redirects are not followed: a name cannot lead to a place that only the server reaches.
/// </summary>
internal sealed class HttpWebhookSender : IWebhookSender, IDisposable
{
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    /// <summary>Connects with the first message.</summary>
    public HttpWebhookSender(IOptions<WebhookOptions> options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _time) = (options.Value, time);
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1), ConnectCallback = ConnectAsync })
        {
            Timeout = _options.Timeout,
        };
    }

    /// <inheritdoc/>
    public bool CanSign(string tenant) => SecretOf(tenant) is not null;

    /// <inheritdoc/>
    public TimeSpan? DelayAfter(int attempt)
    {
        IReadOnlyList<TimeSpan> delays = _options.RetryDelays.Count > 0 ? [.. _options.RetryDelays] : WebhookOptions.DefaultRetryDelays;
        return attempt <= delays.Count ? delays[attempt - 1] : null;
    }

    /// <inheritdoc/>
    public async Task<WebhookAnswer> SendAsync(WebhookMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (SecretOf(message.Tenant) is not { } key)
        {
            return new(null, "The server has no secret to sign it with any more.");
        }

        try
        {
            using HttpRequestMessage request = ToRequest(message, key);
            using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            int status = (int)answer.StatusCode;

            // "Gone" is how a receiver says that it wants no more.
            return answer.IsSuccessStatusCode ? new(status, null) : new(status, $"The destination answers {status}.", answer.StatusCode == HttpStatusCode.Gone);
        }
        catch (HttpRequestException error)
        {
            return error.InnerException is RefusedAddressException refused ? new(null, refused.Message, IsFinal: true) : new(null, error.Message.ReplaceLineEndings(" "));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, $"The destination did not answer within {_options.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private HttpRequestMessage ToRequest(WebhookMessage message, byte[] key)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["type"] = $"job.{message.Job.State.ToString().ToLowerInvariant()}",
                ["timestamp"] = message.Job.CompletedAt,
                ["data"] = JsonSerializer.SerializeToNode(message.Job, PartiJson.Default.JobSnapshot),
            });
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        HttpRequestMessage request = new(HttpMethod.Post, message.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Parti", "1"));
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", now.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", WebhookSignature.Sign(key, message.Id, now, body));
        return request;
    }

    private byte[]? SecretOf(string tenant) =>
        (_options.Tenants.TryGetValue(tenant, out string? own) ? own : _options.Secret) is { } secret ? WebhookSignature.TryReadSecret(secret) : null;

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        DnsEndPoint destination = context.DnsEndPoint;
        IPAddress[] addresses = IPAddress.TryParse(destination.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(destination.Host, cancellationToken);
        if (!_options.AllowPrivateAddresses && !addresses.All(PublicAddress.IsPublic))
        {
            throw new RefusedAddressException(destination.Host);
        }

        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, destination.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A name leads to a place that callers may not reach through the server.</summary>
    private sealed class RefusedAddressException(string host)
        : Exception($"{host} is an address of this machine or of a private network, which is refused; use a public one, or have {WebhookOptions.Section}:{nameof(WebhookOptions.AllowPrivateAddresses)} set.");
}
