using System.Text.Json;

namespace Parti.Http.Tests.OpenAi;

/// <summary>What every error below <c>/v1</c> looks like.</summary>
internal static class ErrorObject
{
    /// <summary>All four keys, one line, a request id, nothing of the server's inside.</summary>
    internal static async Task<JsonElement> CheckAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        string text = await answer.Content.ReadAsStringAsync(cancellationToken);
        JsonElement error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(member => member.Name));
        string message = error.GetProperty("message").GetString()!;
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 10, 400);
        Assert.StartsWith("req_", Assert.Single(answer.Headers.GetValues("x-request-id")), StringComparison.Ordinal);
        return error;
    }
}
