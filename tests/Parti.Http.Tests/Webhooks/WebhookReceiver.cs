using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Parti.Http.Tests.Webhooks;

/// <summary>A web server that takes webhooks and answers as a test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WebhookReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<(string Id, long Timestamp, string Signature, string Body)> Messages { get; } = new();

    /// <summary>Statuses of the first answers; 204 after them.</summary>
    public ConcurrentQueue<int> Answers { get; } = new();

    public string Url => $"{_app.Urls.First()}/hook";

    /// <summary>Ends when a message came, whatever was answered.</summary>
    public Task Came => _came.Task.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Ends when a message was answered with success.</summary>
    public Task Taken => _taken.Task.WaitAsync(TestContext.Current.CancellationToken);

    public static async Task<WebhookReceiver> StartAsync(string url = "http://127.0.0.1:0")
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        WebhookReceiver receiver = new(builder.Build());
        receiver._app.MapPost("/hook", receiver.TakeAsync);
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>The signature as the specification defines it, written apart from the product's.</summary>
    public static string Expected(string secret, string id, long timestamp, string body)
    {
        using HMACSHA256 mac = new(Convert.FromBase64String(secret["whsec_".Length..]));
        return "v1," + Convert.ToBase64String(mac.ComputeHash(Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body);
        string body = await reader.ReadToEndAsync(context.RequestAborted);
        IHeaderDictionary headers = context.Request.Headers;
        Messages.Enqueue((headers["webhook-id"].ToString(), long.Parse(headers["webhook-timestamp"].ToString()), headers["webhook-signature"].ToString(), body));
        context.Response.StatusCode = Answers.TryDequeue(out int status) ? status : StatusCodes.Status204NoContent;
        _came.TrySetResult();
        if (context.Response.StatusCode < 300)
        {
            _taken.TrySetResult();
        }
    }
}
