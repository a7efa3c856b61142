#include "storage/lane_queue.hpp"

#include <algorithm>

namespace wagate::storage {

void LaneQueue::push(std::unique_ptr<WriteJob> job)
{
    auto const found = lanes_.find(job->lane());
    if (found != lanes_.end()) {
        found->second->jobs.push_back(std::move(job));
        return;
    }
    auto lane = std::make_unique<Lane>();
    lane->name = job->lane();
    lane->jobs.push_back(std::move(job));
    turns_.push_back(lane.get());
    std::string_view const name = lane->name;
    lanes_.emplace(name, std::move(lane));
}

LaneQueue::Jobs LaneQueue::take_batch()
{
    Jobs batch;
    std::size_t bytes = 0;
    auto const is_full = [&] { return batch.size() >= max_batch_jobs || bytes >= max_batch_bytes; };
    while (!turns_.empty() && !is_full()) {
        auto& lane = *turns_.front();
        turns_.pop_front();
        lane.credit_bytes += turn_bytes;
        while (!lane.jobs.empty() && !is_full() && lane.jobs.front()->bytes() <= lane.credit_bytes) {
            auto const cost = lane.jobs.front()->bytes();
            lane.credit_bytes -= cost;
            bytes += cost;
            batch.push_back(std::move(lane.jobs.front()));
            lane.jobs.pop_front();
        }
        if (lane.jobs.empty()) {
            lanes_.erase(lanes_.find(lane.name));
            continue;
        }
        // Cut short by a full batch: what it did not use must not add up over batches.
        if (lane.jobs.front()->bytes() <= lane.credit_bytes)
            lane.credit_bytes = std::min(lane.credit_bytes, turn_bytes);
        turns_.push_back(&lane);
    }
    return batch;
}

LaneQueue::Jobs LaneQueue::take_impatient()
{
    Jobs taken;
    std::deque<Lane*> left;
    for (auto* lane : turns_) {
        std::deque<std::unique_ptr<WriteJob>> patient;
        for (auto& job : lane->jobs) {
            if (job->waits_for_space())
                patient.push_back(std::move(job));
            else
                taken.push_back(std::move(job));
        }
        lane->jobs = std::move(patient);
        if (lane->jobs.empty())
            lanes_.erase(lanes_.find(lane->name));
        else
            left.push_back(lane);
    }
    turns_ = std::move(left);
    return taken;
}

} // namespace wagate::storage
