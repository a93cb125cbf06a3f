using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Parti.Chaos.Tests;

/// <summary>Stands between the silos and their blobs and can be as bad as a real account on a bad day.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _target;
    private int _status;
    private TimeSpan _delay;
    private int _met;
    private volatile bool _loseReplies;

    private FaultProxy(WebApplication app, int port) =>
        (_app, _target) = (app, new() { BaseAddress = new($"http://127.0.0.1:{port}") });

    /// <summary>Where it listens.</summary>
    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>Requests that a fault met so far.</summary>
    public int Met => _met;

    /// <summary>Starts one in front of a port of this machine.</summary>
    public static async Task<FaultProxy> StartAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = null);
        FaultProxy proxy = new(builder.Build(), port);
        proxy._app.Run(proxy.ForwardAsync);
        await proxy._app.StartAsync();
        return proxy;
    }

    /// <summary>Answers every request with a status of its own.</summary>
    public void Refuse(int status) => _status = status;

    /// <summary>Lets every request wait.</summary>
    public void Slow(TimeSpan delay) => _delay = delay;

    /// <summary>Passes every write on, and hangs up in place of saying that it succeeded.</summary>
    public void LoseReplies() => _loseReplies = true;

    /// <summary>Is out of the way again.</summary>
    public void Pass() => (_status, _delay, _loseReplies) = (0, TimeSpan.Zero, false);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _target.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (_status != 0)
        {
            Interlocked.Increment(ref _met);
            context.Response.StatusCode = _status;
            return;
        }

        if (_delay > TimeSpan.Zero)
        {
            Interlocked.Increment(ref _met);
            await Task.Delay(_delay, context.RequestAborted);
        }

        using HttpRequestMessage request = await CopyAsync(context.Request);
        using HttpResponseMessage response = await _target.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        if (_loseReplies && request.Method == HttpMethod.Put && response.IsSuccessStatusCode)
        {
            Interlocked.Increment(ref _met);
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key != "Transfer-Encoding"))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    // Headers go on as they came: the account's key has signed them.
    private static async Task<HttpRequestMessage> CopyAsync(HttpRequest from)
    {
        using MemoryStream body = new();
        await from.Body.CopyToAsync(body);
        HttpRequestMessage request = new(new(from.Method), $"{from.Path}{from.QueryString}") { Content = new ByteArrayContent(body.ToArray()) };
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in from.Headers.Where(header => header.Key is not ("Host" or "Content-Length" or "Connection")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        return request;
    }
}
