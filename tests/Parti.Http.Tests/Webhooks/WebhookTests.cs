using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Parti.Grains.Webhooks;

namespace Parti.Http.Tests.Webhooks;

public sealed class WebhookTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly string[] Local =
        [$"--Parti:Webhooks:Secret={Secret}", "--Parti:Webhooks:AllowPrivateAddresses=true", "--Parti:Webhooks:RetryDelays:0=00:00:00.010", "--Parti:Webhooks:RetryDelays:1=00:00:00.010"];

    [Fact]
    public void Sign_TheSpecificationsExample_GivesItsSignature()
    {
        byte[] body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

        string signature = WebhookSignature.Sign(WebhookSignature.TryReadSecret(Secret)!, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body);

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    public void IsPublic_SpecialAddresses_AreNot(string address, bool expected) => Assert.Equal(expected, PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task Job_ItsEnd_IsToldSignedAndAgainUntilTaken()
    {
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        receiver.Answers.Enqueue(500);
        receiver.Answers.Enqueue(302);
        await using TestServer server = new() { Settings = Local };
        await server.InitializeAsync();

        JsonNode job = await server.Http.MakeAsync($$"""{"prompt":"a red circle","webhook":"{{receiver.Url}}"}""");
        await receiver.Taken;
        JsonNode told = await EndAsync(server, job.Id());

        (string Id, long Timestamp, string Signature, string Body)[] messages = [.. receiver.Messages];
        Assert.Equal(3, messages.Length);
        Assert.Single(messages.Select(message => message.Id).Distinct());
        Assert.All(messages, message => Assert.Equal(WebhookReceiver.Expected(Secret, message.Id, message.Timestamp, message.Body), message.Signature));
        JsonNode body = JsonNode.Parse(messages[^1].Body)!;
        Assert.Equal("job.succeeded", (string?)body["type"]);
        Assert.Equal(job.Id(), (string?)body["data"]!["id"]);
        Assert.Equal($"/api/jobs/{job.Id()}/images/0", (string?)body["data"]!["images"]![0]!["url"]);
        Assert.Equal(("delivered", 3, 204), ((string?)told["state"], (int)told["attempts"]!, (int)told["last_status"]!));
    }

    [Fact]
    public async Task Job_DestinationThatNeverTakesIt_IsGivenUpVisibly()
    {
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        Enumerable.Repeat(503, 8).ToList().ForEach(receiver.Answers.Enqueue);
        await using TestServer server = new() { Settings = Local };
        await server.InitializeAsync();

        JsonNode job = await server.Http.MakeAsync($$"""{"prompt":"a red circle","webhook":"{{receiver.Url}}"}""");
        JsonNode told = await EndAsync(server, job.Id());

        Assert.Equal(("failed", 3, 503), ((string?)told["state"], (int)told["attempts"]!, (int)told["last_status"]!));
        Assert.Equal("The destination answers 503.", (string?)told["last_error"]);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Job_PrivateDestination_IsRefusedAndNotConnectedTo(string host)
    {
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        await using TestServer server = new() { Settings = [$"--Parti:Webhooks:Secret={Secret}"] };
        await server.InitializeAsync();

        JsonNode job = await server.Http.MakeAsync($$"""{"prompt":"a red circle","webhook":"{{receiver.Url.Replace("127.0.0.1", host, StringComparison.Ordinal)}}"}""");
        JsonNode told = await EndAsync(server, job.Id());

        Assert.Equal(("failed", 1), ((string?)told["state"], (int)told["attempts"]!));
        Assert.Contains("private network", (string?)told["last_error"], StringComparison.Ordinal);
        Assert.Empty(receiver.Messages);
    }

    [Fact]
    public async Task Job_ServerStoppedBeforeItCouldTell_TellsAtTheNextStart()
    {
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        receiver.Answers.Enqueue(500);
        await using TestServer server = new() { Settings = [.. Local[..2], "--Parti:Webhooks:RetryDelays:0=00:00:01"] };
        await server.InitializeAsync();
        JsonNode job = await server.Http.MakeAsync($$"""{"prompt":"a red circle","webhook":"{{receiver.Url}}"}""");
        await receiver.Came;
        await server.StopAsync();
        await using TestServer next = server.Next(Local);
        await next.InitializeAsync();
        await receiver.Taken;
        JsonNode told = await EndAsync(next, job.Id());

        Assert.Equal("delivered", (string?)told["state"]);
        Assert.Single(receiver.Messages.Select(message => message.Id).Distinct());
    }

    [Theory]
    [InlineData("ftp://host/x")]
    [InlineData("http://user:word@host/x")]
    [InlineData("hook")]
    public async Task Submit_UnusableAddress_IsRefused(string url)
    {
        await using TestServer server = new() { Settings = Local };
        await server.InitializeAsync();

        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", $$"""{"prompt":"x","webhook":"{{url}}"}""");

        Assert.Equal((HttpStatusCode.BadRequest, "webhook"), (status, (string?)problem["errors"]![0]!["parameter"]));
    }

    [Fact]
    public async Task Submit_ServerWithoutSecret_SaysSo()
    {
        await using TestServer server = new();
        await server.InitializeAsync();

        (HttpStatusCode status, JsonNode problem) = await server.Http.SendAsync(HttpMethod.Post, "/api/jobs", """{"prompt":"x","webhook":"https://example.org/hook"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Parti:Webhooks:Secret", (string?)problem["detail"], StringComparison.Ordinal);
    }

    /// <summary>The job's webhook once it is told or given up.</summary>
    private static async Task<JsonNode> EndAsync(TestServer server, string id)
    {
        while (true)
        {
            JsonNode webhook = (await server.Http.GetJsonAsync($"/api/jobs/{id}"))["webhook"]!;
            if ((string?)webhook["state"] is "delivered" or "failed")
            {
                return webhook;
            }

            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}
