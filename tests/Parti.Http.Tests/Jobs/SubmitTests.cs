using System.Net;
using System.Text.Json.Nodes;

namespace Parti.Http.Tests.Jobs;

public sealed class SubmitTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_Prompt_IsAcceptedAndFinishes()
    {
        using HttpResponseMessage answer = await server.Http.PostAsync("/api/jobs", Calls.Json("""{"prompt":"a red circle","seed":7,"n":2}"""), Token);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        string location = answer.Headers.Location!.ToString();
        JsonNode job = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        Assert.Equal(location, $"/api/jobs/{job["id"]}");
        string events = await server.Http.EventsAsync(job.Id());
        Assert.Contains("event: succeeded", events, StringComparison.Ordinal);
        JsonNode end = await server.Http.GetJsonAsync(location);
        Assert.Equal("succeeded", end.State());
        Assert.Equal(7, (int)end["parameters"]!["seed"]!);
        Assert.Equal([$"{location}/images/0", $"{location}/images/1"], end["images"]!.AsArray().Select(image => (string)image!["url"]!));
    }

    [Fact]
    public async Task Post_PreferWait_AnswersWithTheFinishedJob()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/jobs") { Content = Calls.Json("""{"prompt":"a red circle"}""") };
        request.Headers.Add("Prefer", "respond-async, wait=30");

        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("wait=30", Assert.Single(answer.Headers.GetValues("Preference-Applied")));
        Assert.Equal("succeeded", JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!.State());
    }

    [Fact]
    public async Task Post_SameKey_IsTheSameJobAndAnotherBodyAConflict()
    {
        string body = """{"prompt":"a blue star","n":1}""";

        (_, JsonNode first) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", body, ("Idempotency-Key", "order 17"));
        (HttpStatusCode again, JsonNode second) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"n":1,"seed":null,"prompt":"a blue star"}""", ("Idempotency-Key", "order 17"));
        (HttpStatusCode other, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"a blue sun"}""", ("Idempotency-Key", "order 17"));
        (_, JsonNode apart) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", body, ("Idempotency-Key", "order 18"));

        Assert.Equal(HttpStatusCode.Accepted, again);
        Assert.Equal(first.Id(), second.Id());
        Assert.Equal(HttpStatusCode.Conflict, other);
        Assert.Equal("job_conflict", (string?)problem["code"]);
        Assert.NotEqual(first.Id(), apart.Id());
    }

    [Fact]
    public async Task Put_SameId_IsTheSameJobAndAnotherBodyAConflict()
    {
        (HttpStatusCode first, JsonNode job) = await server.Http.SendAsync(HttpMethod.Put, "/api/jobs/my-own-id", """{"prompt":"a tree"}""");
        (HttpStatusCode second, _) = await server.Http.SendAsync(HttpMethod.Put, "/api/jobs/my-own-id", """{"prompt":"a tree"}""");
        (HttpStatusCode third, _) = await server.Http.SendAsync(HttpMethod.Put, "/api/jobs/my-own-id", """{"prompt":"two trees"}""");

        Assert.Equal("my-own-id", job.Id());
        Assert.Equal([HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.Conflict], [first, second, third]);
    }

    [Theory]
    [InlineData("""{"prompt":"x","colour":"red"}""", "colour", "no field")]
    [InlineData("""{"n":2}""", "prompt", "missing")]
    [InlineData("""{"prompt":null}""", "prompt", "allowed is a text")]
    [InlineData("""{"prompt":"  "}""", "prompt", "empty")]
    [InlineData("""{"prompt":"\ud800"}""", "prompt", "allowed is a text")]
    [InlineData("""{"prompt":"x","n":0}""", "n", "1 to 64")]
    [InlineData("""{"prompt":"x","n":1.5}""", "n", "1 to 64")]
    [InlineData("""{"prompt":"x","n":"2"}""", "n", "1 to 64")]
    [InlineData("""{"prompt":"x","best_of":65}""", "best_of", "1 to 64")]
    [InlineData("""{"prompt":"x","n":3,"best_of":2}""", "best_of", "below n, 3")]
    [InlineData("""{"prompt":"x","best_of":"2"}""", "best_of", "1 to 64")]
    [InlineData("""{"prompt":"x","seed":-1}""", "seed", "0 to 18446744073709551615")]
    [InlineData("""{"prompt":"x","guidance_scale":51}""", "guidance_scale", "0 to 50")]
    [InlineData("""{"prompt":"x","temperature":1e999}""", "temperature", "0 to 10")]
    [InlineData("""{"prompt":"x","top_p":0}""", "top_p", "above 0 to 1")]
    [InlineData("""{"prompt":"x","top_k":-1}""", "top_k", "0 or above")]
    [InlineData("""{"prompt":"x","size":"12"}""", "size", "64, 256")]
    [InlineData("""{"prompt":"x","size":[]}""", "size", "native")]
    [InlineData("""{"prompt":"x","output_format":"Png"}""", "output_format", "png, jpeg, webp")]
    [InlineData("""{"prompt":"x","priority":1}""", "priority", "low, normal, high")]
    [InlineData("""{"prompt":"x","model":"nope"}""", "model", "demo")]
    [InlineData("""{"prompt":"x","prompt":"y"}""", "prompt", "twice")]
    [InlineData("""["prompt"]""", "body", "no JSON object")]
    [InlineData("""{"prompt":""", "body", "not JSON")]
    [InlineData("", "body", "not JSON")]
    [InlineData("""{"a":[[[[[[[[[[1]]]]]]]]]]}""", "body", "not JSON")]
    public async Task Post_WhatCannotBe_NamesTheParameterAndItsRange(string body, string parameter, string says)
    {
        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_request", (string?)problem["code"]);
        JsonNode error = Assert.Single(problem["errors"]!.AsArray())!;
        Assert.Equal(parameter, (string?)error["parameter"]);
        Assert.Contains(says, (string?)error["message"], StringComparison.Ordinal);
        Assert.DoesNotContain('\n', (string)problem["detail"]!);
    }

    [Fact]
    public async Task Post_SeveralFaults_TellsAllOfThem()
    {
        (_, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":5,"n":"x","what":1}""");

        Assert.Equal(["prompt", "n", "what"], problem["errors"]!.AsArray().Select(error => (string)error!["parameter"]!));
    }

    [Fact]
    public async Task Post_BodyOverTheLimit_Is413()
    {
        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", $$"""{"prompt":"{{new string('x', 2 << 20)}}"}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Equal("body_too_large", (string?)problem["code"]);
    }

    [Fact]
    public async Task Post_PromptOverTheLimit_NamesTheLimit()
    {
        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", $$"""{"prompt":"{{new string('x', 20_000)}}"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("16384", (string?)problem["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_NoJsonType_Is415()
    {
        using StringContent body = new("prompt=x", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");

        using HttpResponseMessage answer = await server.Http.PostAsync("/api/jobs", body, Token);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("GET", "/api/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/jobs/no-such-job", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/jobs/NO", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/jobs?colour=red", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/jobs?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/jobs?state=done", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/jobs?cursor=abc", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/jobs/no-such-job/events", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/jobs/no-such-job/images/0", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/jobs/no-such-job/images/0/preview", HttpStatusCode.NotFound)]
    [InlineData("POST", "/api/jobs/no-such-job/cancel", HttpStatusCode.NotFound)]
    [InlineData("POST", "/api/jobs/no-such-job/retry", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/jobs/no-such-job", HttpStatusCode.NotFound)]
    [InlineData("PATCH", "/api/jobs/no-such-job", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/api/workers/nobody/drain", HttpStatusCode.NotFound)]
    [InlineData("POST", "/api/pools/demo/Sample/pause", HttpStatusCode.BadRequest)]
    [InlineData("POST", "/api/pools/nope/sample/pause", HttpStatusCode.NotFound)]
    public async Task Any_WhatIsNotThere_IsAProblemInOneLine(string method, string path, HttpStatusCode expected)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);

        using HttpResponseMessage answer = await server.Http.SendAsync(request, Token);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        Assert.Equal((int)expected, (int)problem["status"]!);
    }
}
