using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Parti.Abstractions;
using Parti.Client;
using Parti.Silo.Http.Health;
using Parti.Silo.Http.Reference;
using Parti.Silo.Http.Tenants;

namespace Parti.Silo.Http.Jobs;

/// <summary>Jobs: submit, look, watch, list, cancel, retry, delete.</summary>
/// <param name="clients">Whose jobs a request may see.</param>
/// <param name="options">Limits.</param>
/// <param name="time">The clock.</param>
/// <param name="readiness">Says when streams must end.</param>
internal sealed class JobRoutes(TenantClients clients, IOptions<PartiHttpOptions> options, TimeProvider time, Readiness readiness)
{
    private const string LastEventId = "Last-Event-ID";
    private const string WaitHelp = "wait=N answers when the job has ended, after N seconds at the latest.";

    /// <summary>Maps <c>/api/jobs</c>.</summary>
    /// <param name="api">The group <c>/api</c>.</param>
    internal void Map(RouteGroupBuilder api)
    {
        RouteGroupBuilder jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapPost("", PostAsync).Accepts<GenerationRequest>("application/json").Produces<JobSnapshot>(StatusCodes.Status202Accepted).Produces<JobSnapshot>()
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(413).ProducesProblem(429)
            .WithSummary("Submit a job.")
            .TakesHeader("Idempotency-Key", "The same key and body give the same job; another body is a conflict.").TakesHeader("Prefer", WaitHelp);
        jobs.MapPut("/{id}", PutAsync).Accepts<GenerationRequest>("application/json").Produces<JobSnapshot>(StatusCodes.Status202Accepted).Produces<JobSnapshot>()
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(413).ProducesProblem(429)
            .WithSummary("Submit a job under an id of one's own; again with the same body it is the same job.").TakesHeader("Prefer", WaitHelp);
        jobs.MapGet("", ListAsync).Produces<JobPage>().ProducesProblem(400).WithSummary("List jobs, newest first.")
            .TakesQuery("state", $"Only jobs of this state: {Words.Of<JobState>()}.").TakesQuery("model", "Only jobs of this model.")
            .TakesQuery("limit", "Jobs a page, 1 to 1000, default 50.", JsonSchemaType.Integer).TakesQuery("cursor", "next_cursor of the page before.");
        jobs.MapGet("/{id}", GetAsync).Produces<JobSnapshot>().ProducesProblem(404).WithSummary("The job now.");
        jobs.MapGet("/{id}/events", EventsAsync).Produces<JobEvent>(contentType: "text/event-stream").ProducesProblem(404)
            .WithSummary("The job's events as server-sent events; Last-Event-ID resumes without loss or repeat.").TakesHeader(LastEventId, "Number of the last event that was read; 0 for all.");
        jobs.MapPost("/{id}/cancel", (HttpContext context, string id, CancellationToken cancellationToken) => CommandAsync(context, id, job => job.CancelAsync(cancellationToken)))
            .Produces<JobSnapshot>().ProducesProblem(404).WithSummary("Stop the work at the next token; a job that has ended stays as it is.");
        jobs.MapPost("/{id}/retry", (HttpContext context, string id, CancellationToken cancellationToken) => CommandAsync(context, id, job => job.RetryAsync(cancellationToken)))
            .Produces<JobSnapshot>().ProducesProblem(404).ProducesProblem(409).WithSummary("Queue a failed or canceled job again.");
        jobs.MapDelete("/{id}", DeleteAsync).Produces(StatusCodes.Status204NoContent).ProducesProblem(404).WithSummary("Remove a job and its pictures.");
    }

    private Task<IResult> PostAsync(HttpContext context, CancellationToken cancellationToken) =>
        SubmitAsync(context, SubmitHeaders.JobId(context.Request), cancellationToken);

    private Task<IResult> PutAsync(HttpContext context, string id, CancellationToken cancellationToken) => SubmitAsync(context, id, cancellationToken);

    private async Task<IResult> SubmitAsync(HttpContext context, string? id, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        GenerationRequest request = await JobRequestBody.ReadAsync(context, options.Value.MaxJobBodyBytes);
        JobHandle job = await clients.For(context).SubmitAsync(request, id, cancellationToken);
        context.Response.Headers.Location = JobLinks.Job(job.Id);
        JobSnapshot now = job.Accepted ?? await job.DescribeAsync(cancellationToken);
        if (SubmitHeaders.Wait(context.Request, options.Value.MaxWait) is not { } wait)
        {
            return Answer(now, StatusCodes.Status202Accepted);
        }

        context.Response.Headers["Preference-Applied"] = SubmitHeaders.Applied(wait);
        now = await WaitAsync(job, now, wait, cancellationToken);
        return Answer(now, now.State.IsTerminal() ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private async Task<JobSnapshot> WaitAsync(JobHandle job, JobSnapshot now, TimeSpan wait, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(wait, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, readiness.StreamsMustEnd);
        try
        {
            await foreach (JobEvent _ in job.WatchAsync(0, either.Token))
            {
                // Only the end counts.
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The job goes on; the caller looks again.
        }

        return now.State.IsTerminal() ? now : await job.DescribeAsync(cancellationToken);
    }

    private async Task<IResult> GetAsync(HttpContext context, string id, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        return Answer(await clients.For(context).GetJob(id).DescribeAsync(cancellationToken), StatusCodes.Status200OK);
    }

    private async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        QueryParameters query = new(context.Request, "state", "model", "limit", "cursor");
        JobQuery asked = new()
        {
            State = query.Word<JobState>("state"),
            Model = query.Text("model"),
            Limit = query.Whole("limit", 1, 1000) ?? 50,
            Cursor = query.Text("cursor"),
        };
        return Results.Json(await clients.For(context).ListJobsAsync(asked, cancellationToken), PartiJson.Default.JobPage);
    }

    private async Task<IResult> EventsAsync(HttpContext context, string id, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        long after = SubmitHeaders.Number(context.Request, LastEventId);
        JobHandle job = clients.For(context).GetJob(id);
        JobEventStream stream = new(job, after, options.Value.KeepAliveInterval, time, readiness);
        return await JobEventStream.OpenAsync(stream, job, after, cancellationToken);
    }

    private async Task<IResult> CommandAsync(HttpContext context, string id, Func<JobHandle, Task<JobSnapshot>> command)
    {
        _ = new QueryParameters(context.Request);
        return Answer(await command(clients.For(context).GetJob(id)), StatusCodes.Status200OK);
    }

    private async Task<IResult> DeleteAsync(HttpContext context, string id, CancellationToken cancellationToken)
    {
        _ = new QueryParameters(context.Request);
        await clients.For(context).GetJob(id).DeleteAsync(cancellationToken);
        return Results.NoContent();
    }

    private static IResult Answer(JobSnapshot job, int status) => new JsonAnswer<JobSnapshot>(JobLinks.Link(job), PartiJson.Default.JobSnapshot, status);
}
