using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Parti.Http.Tests;

/// <summary>Short ways to say what a test asks and sees.</summary>
internal static class Calls
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    public static async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(
        this HttpClient http, HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path) { Content = json is null ? null : Json(json) };
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using HttpResponseMessage answer = await http.SendAsync(request, Token);
        string text = await answer.Content.ReadAsStringAsync(Token);
        return (answer.StatusCode, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!);
    }

    /// <summary>Submits and waits for the end.</summary>
    public static async Task<JsonNode> MakeAsync(this HttpClient http, string json)
    {
        (HttpStatusCode status, JsonNode job) = await http.SendAsync(HttpMethod.Post, "/api/jobs", json, ("Prefer", "wait=30"));
        Assert.Equal(HttpStatusCode.OK, status);
        return job;
    }

    public static async Task<JsonNode> GetJsonAsync(this HttpClient http, string path) => (await http.GetFromJsonAsync<JsonNode>(path, Token))!;

    /// <summary>Waits for the end of a job by its events.</summary>
    public static Task<string> EventsAsync(this HttpClient http, string id) => http.GetStringAsync($"/api/jobs/{id}/events", Token);

    public static string Id(this JsonNode job) => (string)job["id"]!;

    public static string State(this JsonNode job) => (string)job["state"]!;

    /// <summary>The numbers of the events of a stream's text.</summary>
    public static long[] Numbers(string stream) =>
        [.. stream.Split('\n').Where(line => line.StartsWith("id: ", StringComparison.Ordinal)).Select(line => long.Parse(line[4..], CultureInfo.InvariantCulture))];
}
