using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Parti.Abstractions;

namespace Parti.Grains.Tests.Abstractions;

public sealed class WireTests
{
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly JobKey Key = new("tenant", "job");

    private static readonly EffectiveParameters Parameters = new()
    {
        N = 2, Seed = ulong.MaxValue, GuidanceScale = 3.5, Temperature = 0.95, TopK = 40, TopP = 0.9, NegativePrompt = "blur", Size = 256, OutputFormat = OutputFormat.Webp, ModelHash = "abc", OutputCompression = 70,
    };

    private static readonly ImageSnapshot Image = new()
    {
        Index = 1, Seed = 7, State = JobState.Succeeded, TokensDone = 256, TokensTotal = 256, Worker = "silo|cpu", Url = "jobs/x/1.png", Sha256 = "ff", Width = 256, Height = 256,
    };

    private static readonly StageTimings Timings = new() { QueueMs = 1, EncodeMs = 2, SampleMs = 3, DetokenizeMs = 4, UpscaleMs = 5, RerankMs = 6, StoreMs = 7, TotalMs = 8 };

    private static readonly AttemptSnapshot Attempt = new(1, "silo|cpu", At, At.AddSeconds(1), "succeeded");

    private static readonly JobSnapshot Snapshot = new()
    {
        Id = "job", State = JobState.Running, Stage = Stage.Sample, Model = "m", Prompt = "a \"quoted\" prompt", Parameters = Parameters, Priority = JobPriority.High, Tenant = "tenant", CreatedAt = At,
        StartedAt = At, CompletedAt = At, QueuePosition = 3, EtaMs = 900, Progress = 0.5, Images = [Image], Timings = Timings, Attempts = [Attempt], Error = new("code", "message"), Version = 9,
    };

    private static readonly JobSummary Summary = new() { Id = "job", Tenant = "tenant", State = JobState.Failed, Model = "m", Prompt = "p", N = 2, CreatedAt = At, CompletedAt = At };

    private static readonly WorkItem Item = new(new(Key, 3), JobPriority.Low, At, 77);

    private static readonly TextStates Text = new([1.5f, -2], 1, [3], 1, 4) { SourceTokens = [7, -1] };

    private static readonly SourcePicture Source = new() { Sha256 = "ff", Masked = true, Strength = 0.5 };

    private static readonly PixelData Pixels = new(1, 1, [1, 2, 3]);

    private static readonly object[] Values =
    [
        new GenerationRequest { Prompt = "p", Model = "m", N = 3, Seed = 5, GuidanceScale = 2, Temperature = 0.5, TopK = 1, TopP = 0.5, NegativePrompt = "n", Size = "native", OutputFormat = OutputFormat.Jpeg, Priority = JobPriority.Low, OutputCompression = 60, Source = Source, PartialImages = 2, BestOf = 5 },
        Source,
        new WebhookSnapshot { Url = "http://h/", State = WebhookState.Failed, Attempts = 2, LastStatus = 500, LastError = "e", NextAttemptAt = At },
        Parameters, new RequestProblem("n", "message"), Snapshot, Image, Timings, Attempt, new JobError("code", "message"),
        new JobEvent(12, JobEventType.Image, At, Changes()), Changes(),
        new SubmitAnswer { Outcome = SubmitOutcome.Busy, Job = Snapshot, Problems = [new("n", "x")], RetryAfterMs = 5, Error = new("a", "b") },
        new CommandAnswer(CommandOutcome.Refused, Snapshot, "reason"), new PreviewPicture(3, [1, 2]),
        new AttentionQuestion { Model = "m", ModelHash = "h", Prompt = "p", Tokens = [1, 2], Word = "w" },
        new AttentionAnswer { Outcome = AttentionOutcome.Busy, Side = 2, Weights = [1, 2, 3, 4], Words = ["w"], Reason = "r" }, Key, Summary,
        new JobQuery { Tenant = "t", State = JobState.Queued, Model = "m", Limit = 3, Cursor = "c" }, new JobPage([Summary], "next"),
        new WorkerSnapshot { Id = "s|d", Silo = "s", Device = "d", Models = ["m"], Stages = [Stage.Sample], Slots = 8, SlotsInUse = 2, TokensPerSecond = 1.5, Draining = true, ImagesDone = 4, StartedAt = At, Busy = 3, ImagesPerSecond = 0.5, MemoryBytes = 6, MemoryLimitBytes = 7, Shard = "1/2", Refused = [new("m", "a", "b")] }, new RefusedModel("m", "a", "b"),
        new ShardClaim(Guid.Empty, "h", "1/2", 4), new ShardClaimAnswer(ShardClaimOutcome.Busy, "reason"), new ShardInput(Guid.Empty, 1, 2, [3, 4, 5], [6], [new(7, [8], 9)]), new ShardInputText(7, [8], 9), new ShardOutput([1]),
        new WorkKey(Key, 3), Item, new WorkLease(Item, 78, "silo|cpu") { Generation = 2 }, new LeaseRequest("silo|cpu", 2) { Generation = 3, Completed = [new(Item, 78, "silo|cpu")], ModelHash = "h" },
        new LeaseAnswer([new(Item, 78, "silo|cpu")]) { ServedHash = "h" }, new AdmitAnswer(false, 100, new(1, 2, 3)),
        new PoolSnapshot { Model = "m", Stage = Stage.Sample, Queued = 1, Running = 2, Reserved = 3, Capacity = 4, Paused = true, ItemsPerSecond = 5, BacklogSeconds = 6, ServiceMs = 7 },
        new ScoredReport { Stage = Stage.Rerank, Image = 1, Epoch = 1, Worker = "w", Score = -2.5 },
        new CandidateSnapshot { Index = 3, TokensDone = 4, Score = 1.5, Image = 1 },
        new QueuePlace(1, 2, 3),
        new HandOverTiming(Stage.Detokenize, 2, 3),
        new QueueSnapshot { Model = "m", Stage = Stage.Upscale, Waiting = 1, Leased = 2, Reserved = 3, Capacity = 4, BacklogSeconds = 5 },
        new WorkStart(Stage.Sample, 1, 2, "silo|cpu", true), Input(), new WorkStartAnswer(WorkOutcome.Go, Input()), Text, Pixels,
        new EncodedReport { Stage = Stage.Encode, Image = -1, Epoch = 1, Worker = "w", Text = Text },
        new TokensReport { Stage = Stage.Sample, Image = 1, Epoch = 1, Worker = "w", Position = 3, Tokens = [1, 2], Complete = true },
        new DetokenizedReport { Stage = Stage.Detokenize, Image = 1, Epoch = 1, Worker = "w", Picture = Pixels },
        new StoredReport { Stage = Stage.Upscale, Image = 1, Epoch = 1, Worker = "w", Url = "u", Sha256 = "s", Width = 1, Height = 2, StoreMs = 3 },
        new FailedReport { Stage = Stage.Sample, Image = 1, Epoch = 1, Worker = "w", Error = new("a", "b"), Retryable = true },
        new HandedOverReport { Stage = Stage.Sample, Image = 1, Epoch = 1, Worker = "w", Position = 2, Tokens = [9] },
        new LeaseLostReport { Stage = Stage.Sample, Image = 1, Epoch = 1, Worker = "w" },
        new PokeAnswer(Summary),
    ];

    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    // Without what the compiler of contracts generates beside them.
    private static IEnumerable<Type> WireTypes => typeof(JobSnapshot).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(JobSnapshot).Namespace && type.GetCustomAttributes<GenerateSerializerAttribute>().Any());

    public static TheoryData<string> Types() => [.. Values.Select(value => value.GetType().Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void RoundTrip_EveryField_Survives(string type)
    {
        object value = Values.First(candidate => candidate.GetType().Name == type);

        object? read = Serializer.Deserialize<object>(Serializer.SerializeToArray(value));

        // As text, so that lists are compared by content.
        Assert.Equal(value.GetType(), read!.GetType());
        Assert.Equal(JsonSerializer.Serialize(value), JsonSerializer.Serialize(read));
    }

    [Fact]
    public void Values_OfTheseTests_CoverEveryWireType()
    {
        IEnumerable<string> wire = WireTypes.Where(type => !type.IsAbstract).Select(type => type.Name);

        Assert.NotEmpty(wire);
        Assert.Empty(wire.Except(Values.Select(value => value.GetType().Name)));
    }

    [Fact]
    public void WireTypes_All_HaveAnAlias()
    {
        IEnumerable<Type> unnamed = WireTypes.Where(type => !type.GetCustomAttributes<AliasAttribute>().Any());

        Assert.Empty(unnamed);
    }

    [Fact]
    public void Snapshot_AsJson_HasExactlyTheContractsFields()
    {
        using JsonDocument json = JsonDocument.Parse(JsonSerializer.Serialize(Snapshot, PartiJson.Default.JobSnapshot));

        Assert.Equal(
            "id state stage model prompt parameters priority tenant created_at started_at completed_at queue_position eta_ms progress images timings attempts error version",
            Names(json.RootElement));
        Assert.Equal("index seed state tokens_done tokens_total worker url sha256 width height", Names(json.RootElement.GetProperty("images")[0]));
        Assert.Equal("queue_ms encode_ms sample_ms detokenize_ms upscale_ms rerank_ms store_ms total_ms", Names(json.RootElement.GetProperty("timings")));
        Assert.Equal("number worker started_at ended_at reason", Names(json.RootElement.GetProperty("attempts")[0]));
        Assert.Equal("code message", Names(json.RootElement.GetProperty("error")));
        Assert.Equal("running", json.RootElement.GetProperty("state").GetString());
        Assert.Equal("2030-01-02T03:04:05+00:00", json.RootElement.GetProperty("created_at").GetString());
        Assert.Equal(Snapshot.Id, JsonSerializer.Deserialize(json.RootElement.GetRawText(), PartiJson.Default.JobSnapshot)!.Id);
    }

    [Fact]
    public void Snapshot_OfAPromptCutShort_SaysByHowManyTokens()
    {
        using JsonDocument json = JsonDocument.Parse(JsonSerializer.Serialize(Snapshot with { DroppedTokens = 7 }, PartiJson.Default.JobSnapshot));

        Assert.Equal(7, json.RootElement.GetProperty("dropped_tokens").GetInt32());
        Assert.Equal(7, Serializer.Deserialize<JobSnapshot>(Serializer.SerializeToArray(Snapshot with { DroppedTokens = 7 }))!.DroppedTokens);
    }

    [Fact]
    public void Event_AsJson_WritesOnlyWhatChanged()
    {
        JobEvent next = new(3, JobEventType.Stage, At, new() { Stage = Stage.Detokenize, Version = 4 });

        string json = JsonSerializer.Serialize(next, PartiEventJson.Default.JobEvent);

        Assert.Equal("""{"seq":3,"type":"stage","at":"2030-01-02T03:04:05+00:00","job":{"stage":"detokenize","version":4}}""", json);
    }

    private static string Names(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(property => property.Name));

    private static JobChanges Changes() => new()
    {
        State = JobState.Running, Stage = Stage.Sample, StartedAt = At, CompletedAt = At, EtaMs = 3, Progress = 0.25, Images = [Image], Timings = Timings, Attempts = [Attempt], Error = new("a", "b"), Version = 4,
    };

    private static WorkInput Input() => new() { Prompt = "p", Parameters = Parameters, CreatedAt = At, Text = Text, Tokens = [1, 2], Picture = Pixels };
}
